#include "reconciler/cli/run.h"

#include <algorithm>

#include "reconciler/cli/command.h"
#include "reconciler/cli/help.h"
#include "reconciler/cli/parse.h"
#include "reconciler/cli/view_error.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

int exit_code_of(Fault fault) {
  switch (fault) {
    case Fault::usage:
    case Fault::invalid:
      return Exit::bad_input;
    case Fault::interrupted:
      return Exit::interrupted;
    default:
      return Exit::failed;
  }
}

int dispatch(const Parsed& parsed, const Registry& registry, Shell& shell, Console& console, Redactor& redactor) {
  if (parsed.command == nullptr) {
    // Asked for: data. Not asked for: a hint for a person who typed just the name.
    if (parsed.options.help)
      parsed.options.json ? console.out(help_records()) : console.show(help_text(console.out_width()));
    else
      console.err(help_text(console.out_width()));
    return parsed.options.help ? Exit::converged : Exit::bad_input;
  }
  if (parsed.options.help) {
    parsed.options.json ? console.out(help_record(*parsed.command))
                        : console.show(help_text(*parsed.command, console.out_width()));
    return Exit::converged;
  }
  if (parsed.options.json && parsed.command->text_only)
    throw Error(Fault::usage, "muster " + parsed.command->name + " prints a text; there are no records of it",
                "leave --json out");
  Invocation call{parsed.options, shell, console, redactor, registry};
  return parsed.command->run(call);
}

int run_guarded(const std::vector<std::string>& words, const Registry& registry, Shell& shell, Console& console,
                Redactor& redactor) {
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  try {
    return dispatch(parse_command_line(words), registry, shell, console, redactor);
  } catch (const Error& error) {
    console.clear();
    if (json) console.out(error_record(error));
    console.err(error_text(error, console.err_paint()));
    return exit_code_of(error.fault());
  } catch (const std::exception& error) {
    console.clear();
    const Error unexpected(Fault::permanent, error.what(),
                           "this is a mistake in muster; please report it with -v output");
    if (json) console.out(error_record(unexpected));
    console.err(error_text(unexpected, console.err_paint()));
    return Exit::failed;
  }
}

/// 0 and 2 promise that what was asked for has been told.
int code_without_output(int code) {
  return code == Exit::converged || code == Exit::changes_pending ? Exit::failed : code;
}

}  // namespace

int run_command_line(const std::vector<std::string>& words, const Registry& registry, Shell& shell) {
  Redactor redactor;
  Console console(shell, redactor);
  const int code = run_guarded(words, registry, shell, console, redactor);
  const std::string fault = console.output_fault();
  if (fault.empty()) return code;
  console.clear();
  console.err(error_text(Error(Fault::permanent, "cannot write the output: " + fault), console.err_paint()));
  return code_without_output(code);
}

}  // namespace muster::cli
