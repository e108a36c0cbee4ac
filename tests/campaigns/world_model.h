#pragma once

// What a plan does to a world, if nothing fails: each step in its turn, checked before it is done.

#include <string>

#include "reconciler/plan/plan.h"
#include "tests/campaigns/planner_world.h"

namespace muster::campaign {

/// Carries the plan's steps out on the world in an order that its edges allow and that the seed picks. Returns the
/// first step that may not be done as it is planned, and why; empty: all were done. What is made is made as wanted,
/// what is waited for becomes ready as it is.
std::string carry_out(World& world, const plan::Plan& plan, std::uint64_t seed);

}  // namespace muster::campaign
