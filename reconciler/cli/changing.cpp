#include "reconciler/cli/changing.h"

#include <fmt/format.h>

#include <istream>
#include <map>
#include <vector>

#include "reconciler/cli/shortfall.h"
#include "reconciler/cli/view_error.h"
#include "reconciler/cli/view_report.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

ProgressStyle style_of(const Invocation& call) {
  if (call.options.json) return ProgressStyle::records;
  return call.console.can_redraw() ? ProgressStyle::live : ProgressStyle::lines;
}

bool has_person(const Invocation& call) { return call.shell.terminal.input && call.shell.terminal.error; }

QuietWindow quiet_window_of(const Registry& registry) {
  return [&registry](std::string_view kind) { return registry.driver(kind)->traits().quiet_window; };
}

/// What could not be tried before somebody had agreed. False: it says that nothing may be written.
bool passes_rehearsal(Invocation& call, Workspace& workspace, const apply::Prepared& prepared) {
  const std::vector<Diagnostic> problems = workspace.rehearse(prepared);
  if (call.options.json)
    call.console.out(diagnostic_records(problems));
  else
    call.console.err(diagnostics_text(problems, call.console.err_paint()));
  if (!has_errors(problems)) return true;
  call.console.err("Nothing was changed: the problems above come first.\n");
  return false;
}

}  // namespace

std::string ask(Invocation& call, const std::string& question) {
  call.console.err(question);
  std::string answer;
  const bool has_input = !call.shell.signals || call.shell.signals->await_input();
  if (has_input) std::getline(call.shell.in, answer);
  if (!has_input || call.shell.in.fail()) call.console.err("\n");
  return answer;
}

bool ask_yes(Invocation& call, const std::string& question) {
  const std::string answer = ask(call, question);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void show_beside_question(Invocation& call, const apply::Prepared& prepared,
                          const std::function<std::string(const Painter&, int width)>& view) {
  const bool will_ask = has_person(call) && prepared.plan.has_changes() && !prepared.plan.guard.refuses() &&
                        !has_errors(prepared.preflight);
  if (will_ask && !call.console.out_is_screen())
    call.console.err(view(call.console.err_paint(), call.console.err_width()));
}

void refuse_without_terminal(const Invocation& call, const std::string& command, std::size_t changes) {
  if (has_person(call)) return;
  throw Error(Fault::usage,
              fmt::format("{} changes need a yes, and there is no terminal to ask on; nothing was done", changes),
              fmt::format("muster {} --yes does not ask", command));
}

int carry_out(Invocation& call, const std::string& command, Workspace& workspace, const apply::Prepared& prepared,
              int when_done) {
  if (call.shell.stop.stop_requested()) return Exit::interrupted;
  if (!passes_rehearsal(call, workspace, prepared)) return Exit::failed;
  apply::Report report;
  std::chrono::milliseconds took{0};
  std::map<std::size_t, std::string> left_because;
  {
    ProgressView progress(call.console, call.shell.clock, workspace.notes(), quiet_window_of(call.registry),
                          call.shell.stop, style_of(call), call.options.verbose);
    report = workspace.apply(prepared, command, progress);
    took = progress.elapsed();
    left_because = progress.left_because();
  }
  const int result = exit_code(prepared, report);
  const int code = result == Exit::converged ? when_done : result;
  const ReportShown shown{prepared.plan, report, left_because, took};
  if (call.options.json) {
    call.console.out(report_records(shown, code));
  } else {
    call.console.show(report_text(shown, call.console.out_paint(), call.console.out_width()));
  }
  if (report.broken) {
    if (call.options.json) call.console.out(error_record(*report.broken));
    call.console.err(error_text(*report.broken, call.console.err_paint()));
  }
  tell_shortfall(call, report, result, code);
  return code;
}

}  // namespace muster::cli
