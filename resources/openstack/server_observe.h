#pragma once

#include "resources/contract/driver.h"
#include "resources/openstack/client.h"

namespace muster::openstack {

/// The reading half of ServerDriver.
Observation observe_servers(Client& client, const ObserveRequest& request, Context& context);

}  // namespace muster::openstack
