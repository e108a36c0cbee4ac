#pragma once

// Make before break: those who refer to a resource follow to its new object once that passes its checks, and the old
// one stays until nobody acts any more on what was read before they did.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "reconciler/plan/outcome.h"

namespace muster::plan {

/// Resources that are not rolled, and why.
using NotRolled = std::map<std::size_t, std::string>;

/// For resources that are rolled. Gives the retirements their drains, and what follows its needs. That a reader has
/// followed and was published in an earlier run is believed when the database says so; else a step makes sure of it.
/// Old ones that something reads which will not follow in this plan are held; where that would hold the first half of a
/// replacement back as well, it is returned, for a plan without it.
NotRolled drain_readers(const Decided& decided);

/// Why it cannot be told whether what refers to `resource` would follow to another object; empty: it can.
std::string why_nothing_follows(const Inputs& inputs, const std::vector<std::size_t>& dependents);

}  // namespace muster::plan
