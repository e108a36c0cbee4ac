#pragma once

#include "resources/contract/registry.h"

namespace muster::openstack {

/// OpenStackProject and openstack.server.
void register_openstack(Registry& registry);

}  // namespace muster::openstack
