#pragma once

#include "resources/contract/registry.h"

namespace muster::ipd_driver {

/// IpdServer and ipd.deployment.
void register_ipd(Registry& registry);

}  // namespace muster::ipd_driver
