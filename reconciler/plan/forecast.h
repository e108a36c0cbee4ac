#pragma once

// How many requests a plan will take.

#include <map>
#include <string>

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/resource_index.h"

namespace muster::plan {

/// Requests apply will make for these steps, polling excluded: connection -> number. `index` is of
/// inputs.resources.
std::map<std::string, int> forecast(const std::vector<Step>& steps, const Inputs& inputs, const ResourceIndex& index);

}  // namespace muster::plan
