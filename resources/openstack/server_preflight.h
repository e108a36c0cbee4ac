#pragma once

#include <vector>

#include "resources/contract/driver.h"
#include "resources/openstack/client.h"
#include "resources/openstack/names.h"

namespace muster::openstack {

/// The checking half of ServerDriver: names, sizes, user data and quota of all creates and replaces, and the clock,
/// each problem once.
std::vector<Diagnostic> preflight_servers(Client& client, Names& names, const std::vector<PlannedWrite>& writes,
                                          Context& context);

}  // namespace muster::openstack
