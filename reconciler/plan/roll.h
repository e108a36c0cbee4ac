#pragma once

// Replacing in batches: ReplacePolicy::roll.

#include <vector>

#include "reconciler/plan/outcome.h"

namespace muster::plan {

/// Which of those that are rolled cannot be taken one after the other: it, or something that needs it, stands on
/// another that is rolled, so that neither would be through before the other. Empty: nothing is rolled. Indices as in
/// Decided.
std::vector<char> entangled_rolls(const Inputs& inputs, const Graph& graph,
                                  const std::vector<std::vector<std::size_t>>& dependents);

/// Orders the replacements of each group and kind, and returns what it made of them.
///
/// What an earlier run began and what is not there goes first, then what does not pass its checks, then the rest, by
/// id. Each batch begins when the one before is through: new objects ready, everything that refers to them done and
/// published, old ones gone. Within a batch `surge` lanes make the new object first and `max_unavailable` lanes remove
/// the old one first; a lane goes on when its last member is through. A kind that cannot coexist has lanes of the
/// second sort only. What is broken and stays so takes up lanes of the second sort. What is entangled takes no part.
std::vector<RollPlan> order_rolls(const Decided& decided);

}  // namespace muster::plan
