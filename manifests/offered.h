#pragma once

// What is reached through another resource: a project on a server that runs on a host of a workshop.

#include <vector>

#include "resources/contract/registry.h"
#include "resources/contract/resource.h"

namespace muster::manifests {

/// Each resource with an offered connection needs the checks of what offers it, and has its season where it has none of
/// its own. In the order in which the checks stand in `resources`.
void need_checks_of_offering(std::vector<Resource>& resources, const Registry& registry);

}  // namespace muster::manifests
