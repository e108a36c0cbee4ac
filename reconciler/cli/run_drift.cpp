// drift: reads everything, changes nothing.

#include <algorithm>
#include <span>

#include "reconciler/apply/memory.h"
#include "reconciler/cli/drift.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/shortfall.h"
#include "reconciler/cli/view_drift.h"
#include "reconciler/cli/workspace.h"

namespace muster::cli {
namespace {

/// What a run of ours was about to remove or replace when it was killed, interrupted or refused. `memory` is from
/// before the reads: a memo in it is younger than that removal, which forgot it, so the object stood as wanted
/// afterwards.
std::set<ResourceId> leaving_by_us(state::Store& store, const plan::Memory& memory, std::span<const Resource> resources,
                                   const plan::Snapshot& snapshot) {
  std::set<ResourceId> leaving;
  for (const state::Intent& intent : store.intents().list()) {
    if (intent.verb == Verb::remove) leaving.insert(intent.resource);
  }
  for (const Resource& resource : resources) {
    const auto [first, last] = snapshot.objects.equal_range(resource.id);
    const bool stays = first != last && std::none_of(first, last, [](const auto& entry) {
                         return entry.second.condition == Condition::deleting;
                       });
    if (stays || memory.memos.contains(resource.id)) continue;
    const auto newest = store.history().steps(resource.id, 1);
    const bool removes = !newest.empty() && (newest[0].verb == Verb::remove || newest[0].verb == Verb::replace);
    if (removes && newest[0].outcome != state::StepOutcome::succeeded) leaving.insert(resource.id);
  }
  return leaving;
}

int exit_code_of(const Drift& drift, const apply::Prepared& prepared) {
  if (!drift.items.empty()) return Exit::changes_pending;
  if (drift.unknown.empty()) return Exit::converged;
  return apply::exit_code_of_gaps(prepared) == Exit::failed ? Exit::failed : Exit::partly;
}

}  // namespace

int run_drift(Invocation& call) {
  std::vector<IgnorePattern> patterns;
  for (const std::string& text : call.options.ignore) patterns.push_back(ignore_pattern_from(text, call.registry));
  Workspace workspace(call, Reveal::what_can_be);
  if (!workspace.ok()) return Exit::bad_input;
  workspace.tell_not_compared();
  workspace.open();
  const plan::Memory memory = apply::load_memory(workspace.store(), call.registry, call.shell.clock.now());
  const apply::Prepared prepared =
      workspace.prepare({.plan = {.partial = names_single_files(call.options)}, .preflight = false});
  const std::set<ResourceId> leaving = leaving_by_us(workspace.store(), memory, prepared.resources, prepared.snapshot);
  Drift drift = find_drift({call.registry, prepared, memory, leaving});
  ignore(drift, patterns);
  const int code = exit_code_of(drift, prepared);
  const PlanShown shown = workspace.shown(prepared);
  const DriftShown view{drift, shown.fleet, shown.calls, call.options.shows_all()};
  if (call.options.json)
    call.console.out(drift_records(view, code));
  else
    call.console.show(drift_text(view, call.console.out_paint(), call.console.out_width()));
  tell_unknown(call, drift.unknown);
  return call.shell.stop.stop_requested() ? Exit::interrupted : code;
}

}  // namespace muster::cli
