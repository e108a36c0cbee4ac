#pragma once

// What moved, object by object and field by field.

#include <cstdint>
#include <map>
#include <string>

#include "reconciler/cli/console.h"
#include "reconciler/cli/drift.h"

namespace muster::cli {

struct DriftShown {
  const Drift& drift;
  std::string fleet;
  const std::map<std::string, std::uint64_t>& calls;
  bool verbose = false;
};

std::string drift_text(const DriftShown& shown, const Painter& paint, int width);
std::string drift_records(const DriftShown& shown, int exit_code);

}  // namespace muster::cli
