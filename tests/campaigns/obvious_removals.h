#pragma once

// What the obvious planner says of what shall go.

#include <set>
#include <string>

#include "tests/campaigns/obvious_planner.h"

namespace muster::campaign {

/// `unread_kinds`: of wanted resources that could not be read themselves.
void say_removals(const plan::Inputs& inputs, const std::set<std::string>& unread_kinds, Words& words);

}  // namespace muster::campaign
