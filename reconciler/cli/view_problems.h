#pragma once

// Why something of a fleet gets no step: sections of what plan and status print, empty when there is nothing to tell.

#include <string>
#include <vector>

#include "reconciler/cli/brevity.h"
#include "reconciler/cli/console.h"
#include "reconciler/plan/plan.h"
#include "resources/contract/diagnostic.h"

namespace muster::cli {

/// What could not be read, by reason: numbers, and with all that can be told the ids.
std::string unknown_text(const std::vector<plan::Unknown>& all, const Painter& paint, int width, Brevity& brevity);
std::string unknown_records(const std::vector<plan::Unknown>& all);
/// The same problem of many resources is told once, at its first place.
std::string problems_text(const std::vector<Diagnostic>& problems, const Painter& paint);

}  // namespace muster::cli
