#pragma once

// A roll: how it will go in the plan, and where it stopped in the report.

#include <string>

#include "reconciler/apply/execute.h"
#include "reconciler/cli/brevity.h"
#include "reconciler/cli/console.h"
#include "reconciler/plan/plan.h"

namespace muster::cli {

/// The batches, and what waits for what.
std::string roll_text(const plan::RollPlan& roll, const Painter& paint, int width, Brevity& brevity);

/// For each roll that did not come to its end: where it stopped, how the fleet stands and how to go on.
std::string stopped_rolls_text(const plan::Plan& plan, const apply::Report& report, const Painter& paint, int width);
/// The same as records, ended ones included.
std::string roll_records(const plan::Plan& plan, const apply::Report& report);

}  // namespace muster::cli
