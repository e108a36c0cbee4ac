#pragma once

// What holds for every plan of every world.

#include <string>
#include <vector>

#include "tests/campaigns/planner_world.h"

namespace muster::campaign {

struct Property {
  const char* name;
  /// What is wrong with the world's plan, in a few lines; empty: nothing. Equal worlds give equal answers.
  std::string (*failure)(const World&);
};

const std::vector<Property>& planner_properties();

}  // namespace muster::campaign
