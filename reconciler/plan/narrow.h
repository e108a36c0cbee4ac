#pragma once

// A part of a plan that is a plan by itself. Never by planning with fewer resources: those would become removals.

#include <functional>
#include <vector>

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"

namespace muster::plan {

/// The steps whose flag is set, with the flushes their writes need; edges to others fall away, so `keep` has to be
/// closed under `needs`. Held, unknown and problems of what `covers` says remain. Guard and forecast are of what is
/// left. `inputs` are those of `plan`.
Plan narrowed(const Plan& plan, const Inputs& inputs, std::vector<bool> keep,
              const std::function<bool(const ResourceId&)>& covers);

}  // namespace muster::plan
