#pragma once

// How a run ended: each failure once, at its cause, with the server's words.

#include <chrono>
#include <string>

#include "reconciler/apply/execute.h"
#include "reconciler/cli/console.h"

namespace muster::cli {

std::string report_text(const plan::Plan& plan, const apply::Report& report, std::chrono::milliseconds took,
                        const Painter& paint, int width);
std::string report_records(const plan::Plan& plan, const apply::Report& report, std::chrono::milliseconds took,
                           int exit_code);

}  // namespace muster::cli
