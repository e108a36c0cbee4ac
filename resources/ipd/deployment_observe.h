#pragma once

// What runs on an IPD server, seen as resources.

#include "resources/contract/driver.h"
#include "resources/ipd/client.h"

namespace muster::ipd_driver {

/// On a server of ours one call tells everything; on an original it is /list (for an ADMIN) and /info of each project
/// that is wanted or known.
Observation observe_deployments(Client& client, const ObserveRequest& request, Context& context);

/// The object that stands for `resource` while its deployment `id` is under way.
Observed under_way(const Resource& resource, const std::string& id, const Stamp& stamp, bool is_extended,
                   Context& context);

}  // namespace muster::ipd_driver
