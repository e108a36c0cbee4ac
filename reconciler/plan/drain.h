#pragma once

// Make before break: those who refer to a resource follow to its new object once that passes its checks, and the old
// one stays until nobody acts any more on what was read before they did.

#include <string>

#include "reconciler/plan/outcome.h"

namespace muster::plan {

/// For resources that are rolled. Gives the retirements their drains, and what follows its needs; where something that
/// reads the old one will not follow in this plan, the old one is held. That a reader has followed and was published in
/// an earlier run is believed when the database says so; else a step makes sure of it.
void drain_readers(const Decided& decided);

/// Why it cannot be told whether what refers to `resource` would follow to another object; empty: it can.
std::string why_nothing_follows(const Inputs& inputs, const std::vector<std::size_t>& dependents);

}  // namespace muster::plan
