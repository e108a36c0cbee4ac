#pragma once

// Mass change needs a word from a person.

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"

namespace muster::plan {

/// Counts deletes, replaces and re-creations of vanished objects per kind against the fleet's limits, whether or not
/// the object was ever ready. Not dangerous is to remove a twin or what is over, to wait for the end of what is being
/// deleted and wanted by nobody, to make anew what failed before it was ever ready, and what a replaced container takes
/// along.
GuardVerdict judge(const Plan& plan, const Inputs& inputs);

}  // namespace muster::plan
