#pragma once

#include "resources/contract/registry.h"

namespace muster {

/// The Deployment blueprint.
void register_deployment(Registry& registry);

}  // namespace muster
