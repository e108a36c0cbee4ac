#pragma once

// What became of a plan by --only and --except.

#include <string>

#include "reconciler/cli/brevity.h"
#include "reconciler/cli/console.h"
#include "reconciler/plan/selection.h"

namespace muster::cli {

/// What was selected, what came along and why, what stays and why, and how much else is pending.
std::string selection_text(const plan::Selected& selected, const Painter& paint, int width, Brevity& brevity);

}  // namespace muster::cli
