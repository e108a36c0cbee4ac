#include "reconciler/cli/changing.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <map>
#include <vector>

#include "reconciler/cli/text.h"
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

QuietWindow quiet_window_of(const Registry& registry) {
  return [&registry](std::string_view kind) { return registry.driver(kind)->traits().quiet_window; };
}

}  // namespace

int show_holder(Invocation& call, const std::string& fleet, const state::LockHolder& holder) {
  const Error error(Fault::conflict,
                    fmt::format("another run holds the lock of fleet '{}': {}", fleet, holder.to_string()),
                    "wait until it ends, or end it; the lock goes with its process");
  if (call.options.json) call.console.out(error_record(error));
  call.console.err(error_text(error, call.console.err_paint()));
  return Exit::locked;
}

std::string ask(Invocation& call, const std::string& question) {
  call.console.err(question);
  std::string answer;
  std::getline(call.shell.in, answer);
  if (call.shell.in.fail()) call.console.err("\n");
  return answer;
}

bool ask_yes(Invocation& call, const std::string& question) {
  const std::string answer = ask(call, question);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void refuse_without_terminal(const Invocation& call, const std::string& command, std::size_t changes) {
  if (call.shell.terminal.input && call.shell.terminal.error) return;
  throw Error(Fault::usage,
              fmt::format("{} changes need a yes, and there is no terminal to ask on; nothing was done", changes),
              fmt::format("muster {} --yes does not ask", command));
}

namespace {

std::string shortfall_of(const std::vector<plan::Unknown>& all) {
  if (all.empty()) return {};
  const auto cause =
      std::find_if(all.begin(), all.end(), [](const plan::Unknown& unknown) { return !unknown.because_of; });
  return fmt::format("{} unknown: {}", all.size() == 1 ? "1 resource is" : fmt::format("{} resources are", all.size()),
                     cause == all.end() ? all.front().reason : cause->reason);
}

/// Empty: nothing is wrong.
std::string shortfall_of(const apply::Prepared& prepared) {
  const plan::Plan& plan = prepared.plan;
  if (plan.guard.refuses()) return "the guard refuses this plan";
  std::vector<Diagnostic> problems = prepared.preflight;
  problems.insert(problems.end(), plan.problems.begin(), plan.problems.end());
  std::erase_if(problems, [](const Diagnostic& one) { return one.severity != Severity::error; });
  if (!problems.empty()) {
    const std::string rest = problems.size() > 1 ? fmt::format(" (and {} more)", problems.size() - 1) : "";
    return problems.front().message + rest;
  }
  return shortfall_of(plan.unknown);
}

/// What has failed in a run, each cause once.
std::string shortfall_of(const apply::Report& report, int code) {
  const auto failed = std::count_if(report.results.begin(), report.results.end(), [](const apply::StepResult& result) {
    return result.state == apply::StepState::failed;
  });
  const std::string what = code == Exit::failed ? "nothing of it was done" : "only a part of it was done";
  return failed == 0 ? what : fmt::format("{}: {} failed", what, counted(static_cast<std::size_t>(failed), "step"));
}

void tell(Invocation& call, const std::string& what) {
  if (call.console.out_is_screen() || what.empty()) return;
  call.console.err(call.console.err_paint()(Colour::red, "error:") + " " + hanging(clip(what, widest_message), 7) +
                   "\n");
}

}  // namespace

void tell_shortfall(Invocation& call, const apply::Prepared& prepared) { tell(call, shortfall_of(prepared)); }
void tell_unknown(Invocation& call, const std::vector<plan::Unknown>& unknown) { tell(call, shortfall_of(unknown)); }

namespace {

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

int carry_out(Invocation& call, const std::string& command, Workspace& workspace, const apply::Prepared& prepared,
              int when_done) {
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
    call.console.out(report_text(shown, call.console.out_paint(), call.console.out_width()));
  }
  if (code == Exit::failed || code == Exit::partly)
    tell(call, result == Exit::converged ? "some of it was left out" : shortfall_of(report, code));
  return code;
}

}  // namespace muster::cli
