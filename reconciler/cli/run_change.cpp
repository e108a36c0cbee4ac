// The commands that change the world: apply, reconcile, destroy.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "reconciler/cli/changing.h"
#include "reconciler/cli/fleet_lock.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/plan_paper.h"
#include "reconciler/cli/select.h"
#include "reconciler/cli/shortfall.h"
#include "reconciler/cli/view_error.h"
#include "reconciler/cli/view_plan_file.h"
#include "reconciler/cli/workspace.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

/// How the three commands differ.
struct Change {
  std::string command;
  plan::Goal goal = plan::Goal::converge;
  bool unattended = false;  ///< no question, and nothing to read when there is nothing to do
  std::string plan_path{};  ///< of `reviewed`
  std::optional<plan::PlanFile> reviewed{};
};

bool shows_people(const Invocation& call) { return !call.options.json; }

bool asks(const Invocation& call, const Change& change) {
  return !change.unattended && !change.reviewed && !call.options.yes;
}

bool agreed(Invocation& call, const Change& change, const std::string& fleet, const plan::Plan& plan) {
  if (!asks(call, change)) return true;
  const std::size_t changes = change_count(plan);
  refuse_without_terminal(call, change.command, changes);
  if (change.goal == plan::Goal::destroy) {
    return ask(call, fmt::format("\nThis removes {} for good. Type the name of the fleet to go on: ",
                                 changes == 1 ? "1 object" : fmt::format("{} objects", changes))) == fleet;
  }
  const std::string what = changes == 1 ? "this change" : fmt::format("these {} changes", changes);
  return ask_yes(call, fmt::format("\nApply {} to '{}'? [y/N] ", what, fleet));
}

/// Nobody reads what an unattended run says about nothing, and cron sends it by mail.
bool is_quiet(const Invocation& call, const Change& change) {
  return change.unattended && shows_people(call) && !call.options.verbose;
}

bool is_silent(const apply::Prepared& prepared) {
  const plan::Plan& plan = prepared.plan;
  return plan.steps.empty() && plan.problems.empty() && prepared.preflight.empty() && plan.unknown.empty() &&
         !plan.guard.refuses();
}

void show_plan(Invocation& call, const Change& change, const PlanShown& shown) {
  if (!shows_people(call)) call.console.out(plan_records(shown));
  const auto view = [&](const Painter& paint, int width) { return plan_text(shown, paint, width); };
  if (shows_people(call) && !(is_quiet(call, change) && is_silent(shown.prepared)))
    call.console.show(view(call.console.out_paint(), call.console.out_width()));
  if (asks(call, change)) show_beside_question(call, shown.prepared, view);
}

apply::PassOptions options_for(const Invocation& call, const Change& change) {
  apply::PassOptions options = pass_options(call.options, change.goal);
  options.holds_lock = true;
  if (change.reviewed) {
    options.reviewed = change.reviewed;
    options.plan.allow = change.reviewed->allow;
    options.plan.rollback = change.reviewed->rollback;
  }
  return options;
}

/// A run that ended half-way may be gone on with; one that did everything may not be repeated when the world has moved
/// back.
bool is_replay(Workspace& workspace, const plan::FileMatch& match) {
  const auto run = run_of_plan(workspace.store().history(), match.file);
  return run && run->exit_code == Exit::converged;
}

int refuse_moved(Invocation& call, const Change& change, Workspace& workspace, const plan::FileMatch& match) {
  const MatchShown shown{match, change.plan_path, run_of_plan(workspace.store().history(), match.file),
                         call.options.shows_all(), call.console.out_width()};
  if (call.options.json) call.console.out(moved_records(shown));
  call.console.err(moved_text(shown, call.console.err_paint()));
  return Exit::guard_refused;
}

/// A plan of another fleet would at best mean nothing here.
bool is_of_fleet(Invocation& call, const Change& change, const manifests::Load& load) {
  if (!change.reviewed || change.reviewed->fleet_digest == plan::fleet_digest(load.fleet.uid)) return true;
  const Error error(Fault::conflict,
                    fmt::format("plan file {} is of fleet '{}', not of '{}' here; nothing was done", change.plan_path,
                                change.reviewed->fleet, load.fleet.name),
                    "a plan file goes with the manifests it was made from");
  if (call.options.json) call.console.out(error_record(error));
  call.console.err(error_text(error, call.console.err_paint()));
  return false;
}

/// Who takes a host away by its name, as the tools before this one were used, finds it made again by the next run.
void tell_still_wanted(Invocation& call, const Change& change, const plan::Plan& plan) {
  const Options& options = call.options;
  const bool is_part = !options.words.empty() || !options.only.empty() || !options.except.empty();
  if (change.goal != plan::Goal::destroy || !is_part) return;
  const auto wanted = std::find_if(plan.steps.begin(), plan.steps.end(),
                                   [](const plan::Step& step) { return !step.origin.file.empty(); });
  if (wanted == plan.steps.end()) return;
  call.console.err(
      fmt::format("note: the manifests still want what was removed ({}): the next apply or reconcile makes it "
                  "again, unless it is taken out there (a counted host by `retire: [NAME]`)\n",
                  wanted->origin.to_string()));
}

/// The manifests whose problems stand in the way; none when a problem is nobody's own, or nothing else has a step.
std::set<std::string> troubled_manifests(const apply::Prepared& prepared) {
  std::set<std::string> troubled;
  for (const Diagnostic& problem : prepared.preflight) {
    if (problem.severity != Severity::error) continue;
    if (problem.where.manifest.empty()) return {};
    troubled.insert(problem.where.manifest);
  }
  const auto is_apart = [&](const plan::Step& step) { return !step.group.empty() && !troubled.contains(step.group); };
  const std::vector<plan::Step>& steps = prepared.plan.steps;
  return std::any_of(steps.begin(), steps.end(), is_apart) ? troubled : std::set<std::string>{};
}

/// An image that was withdrawn from one workshop keeps no other from ending or from being mended, while nobody looks.
int carry_out_the_rest(Invocation& call, const Change& change, Workspace& workspace, apply::PassOptions options,
                       const std::set<std::string>& troubled) {
  options.selection.except.insert(options.selection.except.end(), troubled.begin(), troubled.end());
  call.console.err(
      fmt::format("Left out until its problem is mended: {}. All else goes on.\n", fmt::join(troubled, ", ")));
  const apply::Prepared rest = workspace.prepare(options);
  show_plan(call, change, workspace.shown(rest));
  if (rest.plan.guard.refuses()) return exit_code(rest);
  if (has_errors(rest.preflight)) {
    call.console.err("Nothing was changed: the problems above come first.\n");
    return Exit::failed;
  }
  if (!rest.plan.has_changes()) return Exit::partly;
  const int code = carry_out(call, change.command, workspace, rest);
  return code == Exit::converged ? Exit::partly : code;
}

int run_locked(Invocation& call, const Change& change, Workspace& workspace) {
  const apply::PassOptions options = options_for(call, change);
  const apply::Prepared prepared = workspace.prepare(options);
  if (prepared.match && (!prepared.match->moved.empty() || is_replay(workspace, *prepared.match)))
    return refuse_moved(call, change, workspace, *prepared.match);
  if (!is_quiet(call, change) || !is_silent(prepared)) {
    if (is_quiet(call, change)) workspace.tell_warnings_now();
    workspace.tell_not_compared(prepared);
  }
  show_plan(call, change, workspace.shown(prepared));
  tell_shortfall(call, prepared);
  const int verdict = exit_code(prepared);
  if (call.shell.stop.stop_requested()) return Exit::interrupted;
  if (prepared.plan.guard.refuses()) return verdict;
  if (has_errors(prepared.preflight)) {
    const std::set<std::string> troubled = change.unattended ? troubled_manifests(prepared) : std::set<std::string>{};
    if (!troubled.empty()) return carry_out_the_rest(call, change, workspace, options, troubled);
    call.console.err("Nothing was changed: the problems above come first.\n");
    return verdict;
  }
  if (!prepared.plan.has_changes()) return verdict;
  const Time asked_at = call.shell.clock.now();
  if (!agreed(call, change, workspace.load().fleet.name, prepared.plan)) {
    call.console.err("Nothing was changed.\n");
    return call.shell.stop.stop_requested() ? Exit::interrupted : Exit::changes_pending;
  }
  const auto carry = [&](const apply::Prepared& agreed_to) {
    const int code = carry_out(call, change.command, workspace, agreed_to);
    if (code == Exit::converged) tell_still_wanted(call, change, agreed_to.plan);
    return code;
  };
  if (call.shell.clock.now() - asked_at <= longest_thought) return carry(prepared);
  const apply::Prepared again = workspace.prepare(options);
  if (again.plan.steps != prepared.plan.steps || has_errors(again.preflight) || again.plan.guard.refuses()) {
    show_plan(call, change, workspace.shown(again));
    call.console.err(
        "Nothing was changed: the world moved while the question stood. Look at the new plan and apply again.\n");
    return Exit::guard_refused;
  }
  return carry(again);
}

int run_change(Invocation& outer, const Change& change) {
  FleetLock lock(outer);
  Invocation& call = lock.call();
  Workspace workspace(
      call, change.goal == plan::Goal::destroy ? Reveal::what_can_be : Reveal::needed, {},
      [&](const manifests::Fleet& fleet) { return lock.take_here(fleet); },
      is_quiet(call, change) ? Workspace::Warnings::later : Workspace::Warnings::at_once);
  if (lock.is_refused()) return Exit::locked;
  if (!workspace.ok()) return Exit::bad_input;
  const manifests::Load& load = workspace.load();
  if (!is_of_fleet(call, change, load)) return Exit::guard_refused;
  if (!lock.take_there(load.fleet)) return Exit::locked;
  workspace.open(Access::write);
  return lock.hold_during([&] { return run_locked(call, change, workspace); });
}

}  // namespace

int run_apply(Invocation& call) {
  Options options = call.options;
  const auto file = take_plan_file(options);
  if (!file) return run_change(call, {.command = "apply"});
  plan::PlanFile reviewed = load_plan_file(*file);
  const std::string command = plan_command(reviewed.id);
  const Change change{.command = command, .plan_path = *file, .reviewed = std::move(reviewed)};
  Invocation inner{options, call.shell, call.console, call.redactor, call.registry};
  return run_change(inner, change);
}

int run_reconcile(Invocation& call) { return run_change(call, {.command = "reconcile", .unattended = true}); }

int run_destroy(Invocation& call) {
  if (call.options.dry_run) return look_at_plan(call, plan::Goal::destroy);
  return run_change(call, {.command = "destroy", .goal = plan::Goal::destroy});
}

}  // namespace muster::cli
