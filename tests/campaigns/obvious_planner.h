#pragma once

// A second planner, slow and plain, written from the rules (docs/design.md and the headers) and not from the first:
// each id by itself, everything looked up again whenever it is needed. It tells what happens to which object, not in
// which words nor in which order.

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"
#include "tests/campaigns/planner_words.h"

namespace muster::campaign {

Words obvious_words(const plan::Inputs& inputs);

/// What the guard has to say of a plan with these words.
plan::GuardVerdict obvious_guard(const plan::Inputs& inputs, const Words& words);

}  // namespace muster::campaign
