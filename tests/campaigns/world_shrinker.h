#pragma once

// A smaller world that still shows the same.

#include <functional>

#include "tests/campaigns/planner_world.h"

namespace muster::campaign {

/// Takes away resources, objects, links, fields and settings for as long as `fails` says true of what is left.
World shrink(World world, const std::function<bool(const World&)>& fails);

}  // namespace muster::campaign
