#pragma once

#include <string>
#include <vector>

#include "reconciler/cli/console.h"
#include "reconciler/cli/explanation.h"

namespace muster::cli {

/// Everything about one resource, in sections; empty ones are left out.
std::string explanation_text(const Explanation& explanation, Time now, const Painter& paint, int width);
/// A line for each, when a name means too many for a screen: id and what apply would do.
std::string explanations_overview(const std::vector<Explanation>& explanations, const Painter& paint, int width);
/// One record.
std::string explanation_record(const Explanation& explanation);

}  // namespace muster::cli
