#pragma once

// What the database remembers, as the planner takes it.

#include "reconciler/plan/make_plan.h"
#include "resources/contract/registry.h"
#include "state/store.h"

namespace muster::apply {

/// The store must outlive it.
plan::Memory load_memory(state::Store& store, const Registry& registry, Time now);

/// At the start of a run that holds the lock: whoever opened these intents is dead, and may have sent its request the
/// moment before. Their quiet windows begin now, unless they began in an earlier run.
void mark_open_creates(state::Store& store, Time now);

/// Closes the intents of earlier runs that are settled: their object was seen, or their quiet window is over and the
/// plan does not look them up. Precondition: the run lock is held.
void settle_intents(state::Store& store, const Registry& registry, const plan::Snapshot& snapshot,
                    const plan::Plan& plan, Time now);

/// Forgets what is neither there nor wanted (with Goal::destroy: of `planned`, nothing is wanted), checks of which no
/// manifest speaks, and old history. Precondition: the run lock is held.
void prune(state::Store& store, const Registry& registry, const plan::Snapshot& snapshot,
           const std::vector<Resource>& wanted, const std::vector<Resource>& planned, plan::Goal goal);

/// Remembers "no difference" for the next plan, and what is applied where that was not known.
void remember(state::Store& store, const plan::Memory& memory, const std::vector<plan::Memo>& memos,
              const std::map<ResourceId, std::map<std::string, std::string>>& applied, Time now);

}  // namespace muster::apply
