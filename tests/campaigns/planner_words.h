#pragma once

// A plan in so few words that two planners can be compared.

#include <map>
#include <set>
#include <string>

#include "reconciler/plan/plan.h"

namespace muster::campaign {

/// What is said of each id, one short text for each step or other entry: "create", "delete host-3", "held". Flush
/// targets say "flush". An id of which there is nothing to say is not there.
using Words = std::map<ResourceId, std::set<std::string>>;

Words words_of(const plan::Plan& plan);

}  // namespace muster::campaign
