#pragma once

// Flushes that earlier runs still owe.

#include <vector>

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"
#include "reconciler/plan/step_list.h"

namespace muster::plan {

/// Adds the flush of each debt, or takes the one that is planned anyway. A flush also writes down what is ours there:
/// while part of that could not be read the debt stays, and `unknown` says why.
void add_debts(const Inputs& inputs, StepList& steps, std::vector<Unknown>& unknown);

}  // namespace muster::plan
