#include <fmt/format.h>

#include <optional>
#include <set>

#include "reconciler/cli/changing.h"
#include "reconciler/cli/fleet_lock.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/select.h"
#include "reconciler/cli/shortfall.h"
#include "reconciler/cli/unnamed_hosts.h"
#include "reconciler/cli/view_adopt.h"
#include "reconciler/plan/graph.h"

namespace muster::cli {
namespace {

/// The resources of those names with all they need: a record is adopted with its server and its ownership mark.
std::vector<ResourceId> with_needs(const manifests::Load& load, const std::vector<std::string>& names) {
  std::set<ResourceId> chosen;
  for (const Resource& resource : resources_meant(load, names)) chosen.insert(resource.id);
  for (const auto& [need, because_of] : plan::needed_by(chosen, load.resources)) chosen.insert(need);
  return {chosen.begin(), chosen.end()};
}

/// Something was left out, and nothing or not all is as it was asked for.
int code_when_done(const apply::PreparedAdoption& adoption) {
  const bool left_out = !adoption.adoption.refused.empty() || !adoption.adoption.unknown.empty();
  return left_out ? Exit::partly : Exit::converged;
}

int code_without_steps(const apply::PreparedAdoption& adoption) {
  const int code = code_when_done(adoption);
  return code == Exit::partly && adoption.adoption.ours.empty() ? Exit::failed : code;
}

void show(Invocation& call, const Workspace& workspace, const apply::PreparedAdoption& adoption) {
  std::vector<UnnamedHosts> unnamed;
  if (call.options.words.empty()) unnamed = unnamed_hosts(workspace.load(), adoption.prepared.snapshot);
  const AdoptionShown shown{adoption, workspace.load(), call.registry, unnamed, call.options.shows_all()};
  const auto view = [&](const Painter& paint, int width) { return adoption_text(shown, paint, width); };
  if (call.options.json) {
    call.console.out(plan_records(workspace.shown(adoption.prepared)) + adoption_records(shown));
  } else {
    call.console.show(view(call.console.out_paint(), call.console.out_width()));
  }
  if (!call.options.yes) show_beside_question(call, adoption.prepared, view);
}

bool agreed(Invocation& call, const std::string& fleet, const plan::Plan& plan) {
  if (call.options.yes) return true;
  refuse_without_terminal(call, "adopt", change_count(plan));
  return ask_yes(call, fmt::format("\nTake these over into '{}'? [y/N] ", fleet));
}

using Chosen = std::optional<std::vector<ResourceId>>;

int run_locked(Invocation& call, Workspace& workspace, const Chosen& chosen) {
  const apply::PreparedAdoption adoption = workspace.prepare_adoption(chosen);
  show(call, workspace, adoption);
  tell_shortfall(call, adoption.prepared);
  tell_unknown(call, adoption.adoption.unknown);
  if (call.shell.stop.stop_requested()) return Exit::interrupted;
  if (has_errors(adoption.prepared.preflight)) {
    call.console.err("Nothing was changed: the problems above come first.\n");
    return Exit::failed;
  }
  if (!adoption.prepared.plan.has_changes()) return code_without_steps(adoption);
  const Time asked_at = call.shell.clock.now();
  if (!agreed(call, workspace.load().fleet.name, adoption.prepared.plan)) {
    call.console.err("Nothing was changed.\n");
    return call.shell.stop.stop_requested() ? Exit::interrupted : Exit::changes_pending;
  }
  if (call.shell.clock.now() - asked_at <= longest_thought)
    return carry_out(call, "adopt", workspace, adoption.prepared, code_when_done(adoption));
  const apply::PreparedAdoption again = workspace.prepare_adoption(chosen);
  if (again.prepared.plan.steps != adoption.prepared.plan.steps || has_errors(again.prepared.preflight)) {
    show(call, workspace, again);
    call.console.err(
        "Nothing was changed: the world moved while the question stood. Look at what it is now and adopt again.\n");
    return Exit::guard_refused;
  }
  return carry_out(call, "adopt", workspace, again.prepared, code_when_done(again));
}

}  // namespace

int run_adopt(Invocation& outer) {
  FleetLock lock(outer);
  Invocation& call = lock.call();
  Workspace workspace(call, Reveal::needed, {}, [&](const manifests::Fleet& fleet) { return lock.take_here(fleet); });
  if (lock.is_refused()) return Exit::locked;
  if (!workspace.ok()) return Exit::bad_input;
  const manifests::Load& load = workspace.load();
  Chosen chosen;
  if (!call.options.words.empty()) chosen = with_needs(load, call.options.words);
  if (!lock.take_there(load.fleet)) return Exit::locked;
  workspace.open(Access::write);
  return lock.hold_during([&] { return run_locked(call, workspace, chosen); });
}

}  // namespace muster::cli
