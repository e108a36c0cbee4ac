#pragma once

// Mass change needs a word from a person.

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"

namespace muster::plan {

/// Counts deletes, replaces and re-creations of vanished objects per kind against the fleet's limits. Removing a twin
/// or an object that was never ready is not dangerous.
GuardVerdict judge(const Plan& plan, const Inputs& inputs);

}  // namespace muster::plan
