#pragma once

// What exists, is ours, and shall not.

#include "reconciler/plan/graph.h"
#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/step_list.h"

namespace muster::plan {

/// Goal::converge: every object of ours whose id is not wanted. Goal::destroy: every object of ours whose id is among
/// the resources. Known dependencies order the steps in reverse; without manifests the kinds' creation order does, by
/// stage. Protected objects and those a newer revision stamped are held; `graph` is over inputs.resources.
void add_removals(const Inputs& inputs, const Graph& graph, StepList& steps, Plan& plan);

}  // namespace muster::plan
