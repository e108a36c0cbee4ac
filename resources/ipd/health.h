#pragma once

// Whether what was deployed answers.

#include <string>

#include "resources/contract/context.h"
#include "resources/contract/value.h"

namespace muster::ipd_driver {

/// As a Deployment's manifest has it: {url, status, timeout}.
struct Health {
  bool passed = false;
  std::string words;  ///< what came instead
};

/// One GET of its url, from here. Throws Error(interrupted) alone.
Health look_at_health(const Value& check, Context& context);

}  // namespace muster::ipd_driver
