#pragma once

// How a run ended: each failure once, at its cause, with the server's words.

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "reconciler/apply/execute.h"
#include "reconciler/cli/console.h"

namespace muster::cli {

struct ReportShown {
  const plan::Plan& plan;
  const apply::Report& report;
  /// Why a step that is left to the next run did not end; by step.
  const std::map<std::size_t, std::string>& left_because;
  std::chrono::milliseconds took{0};
};

std::string report_text(const ReportShown& shown, const Painter& paint, int width);
std::string report_records(const ReportShown& shown, int exit_code);

}  // namespace muster::cli
