#include "reconciler/cli/shortfall.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "reconciler/cli/text.h"
#include "resources/contract/diagnostic.h"

namespace muster::cli {
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

void tell_shortfall(Invocation& call, const apply::Report& report, int result, int code) {
  if (code != Exit::failed && code != Exit::partly) return;
  tell(call, result == Exit::converged ? "some of it was left out" : shortfall_of(report, code));
}

}  // namespace muster::cli
