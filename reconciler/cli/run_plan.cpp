// What differs, and what apply would do.

#include <fmt/format.h>

#include "reconciler/cli/handlers.h"
#include "reconciler/cli/json.h"
#include "reconciler/cli/plan_paper.h"
#include "reconciler/cli/select.h"
#include "reconciler/cli/shortfall.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/values.h"
#include "reconciler/cli/workspace.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

/// Nothing to do because all is well is worth a file; nothing to do because nothing can be said is not.
std::string why_not_on_paper(const apply::Prepared& prepared) {
  if (prepared.plan.guard.refuses()) return "the guard refuses this plan";
  if (prepared.plan.has_changes()) return {};
  if (!prepared.plan.problems.empty()) return "the plan has no steps; the problems above come first";
  if (!prepared.plan.unknown.empty()) return "the plan has no steps; what is unknown above has to be read first";
  return {};
}

/// A plan that the guard refuses would be refused from its file as well.
void write_paper(Invocation& call, const apply::Prepared& prepared) {
  const std::string& path = call.options.plan_file;
  if (const std::string why = why_not_on_paper(prepared); !why.empty()) {
    call.console.err(fmt::format("{} was not written: {}\n", path, why));
    return;
  }
  plan::PlanFile paper = *prepared.paper;
  paper.id = fmt::format("{:016x}", call.shell.random.bits());
  paper.written = iso_text(call.shell.clock.now());
  save_plan_file(path, plan::write_plan_file(paper));
  if (call.options.json) {
    Json json = record("plan_file");
    json["path"] = path;
    json["plan"] = paper.id;
    json["written"] = paper.written;
    call.console.out(line(json));
  }
  call.console.err(fmt::format("wrote plan {} to {}; to do exactly this: muster apply {}\n", paper.id, path, path));
}

}  // namespace

int look_at_plan(Invocation& call, plan::Goal goal) {
  const bool on_paper = !call.options.plan_file.empty();
  if (on_paper) check_plan_file_name(call.options.plan_file);
  std::optional<Time> at;
  if (!call.options.at.empty()) at = coming_moment_from(call.options.at, "--at", call.shell.clock.now());
  if (at && on_paper)
    throw Error(Fault::usage, "a plan of another time is not for carrying out", "leave out --at or -o");
  Workspace workspace(call, goal == plan::Goal::destroy ? Reveal::what_can_be : Reveal::needed, at);
  if (!workspace.ok()) return Exit::bad_input;
  workspace.open();
  apply::PassOptions options = pass_options(call.options, goal);
  options.on_paper = on_paper;
  // What a person is going to review, or to remove, should not be old already.
  const bool may_be_old = !on_paper && goal == plan::Goal::converge;
  options.max_age = call.options.max_age.value_or(may_be_old ? std::chrono::minutes(5) : std::chrono::seconds(0));
  options.at = at;
  options.preflight = !at;
  const auto at_work = workspace.run_at_work();
  options.another_run = at_work.has_value();
  const apply::Prepared prepared = workspace.prepare(options);
  workspace.tell_not_compared(prepared);
  PlanShown shown = workspace.shown(prepared);
  shown.at = at;
  shown.at_work = at_work;
  if (call.options.json)
    call.console.out(plan_records(shown));
  else
    call.console.show(plan_text(shown, call.console.out_paint(), call.console.out_width()));
  tell_shortfall(call, prepared);
  if (call.shell.stop.stop_requested()) return Exit::interrupted;
  if (on_paper) write_paper(call, prepared);
  return exit_code(prepared);
}

int run_plan(Invocation& call) { return look_at_plan(call, plan::Goal::converge); }

}  // namespace muster::cli
