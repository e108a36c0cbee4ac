#pragma once

// What the obvious planner flushes.

#include "reconciler/plan/make_plan.h"
#include "tests/campaigns/planner_words.h"

namespace muster::campaign {

/// Adds to what is said of every other step.
void say_flushes(const plan::Inputs& inputs, Words& said);

}  // namespace muster::campaign
