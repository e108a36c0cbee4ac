#pragma once

// What the database remembers, as the planner takes it.

#include "reconciler/plan/make_plan.h"
#include "resources/contract/registry.h"
#include "state/store.h"

namespace muster::apply {

plan::Memory load_memory(state::Store& store, const Registry& registry);

/// Closes the intents of earlier runs that are settled: their object was seen, or their quiet window is over and a
/// complete read shows nothing. Precondition: the run lock is held.
void settle_intents(state::Store& store, const Registry& registry, const plan::Snapshot& snapshot, Time now);

/// Remembers "no difference" for the next plan, and what is applied where that was not known.
void remember(state::Store& store, const plan::Memory& memory, const std::vector<plan::Memo>& memos,
              const std::map<ResourceId, std::map<std::string, std::string>>& applied, Time now);

}  // namespace muster::apply
