#pragma once

// What runs on an IPD server, seen as resources.

#include "resources/contract/driver.h"
#include "resources/ipd/client.h"

namespace muster::ipd_driver {

/// On a server of ours one call tells everything; on an original it is /list (for an ADMIN) and /info of each project
/// that is wanted or known.
Observation observe_deployments(Client& client, const ObserveRequest& request, Context& context);

/// The object that stands for `resource` while its deployment `id` is under way. `before`: what the server told of the
/// project just before; an original's counters are compared with that.
Observed under_way(Client& client, const Resource& resource, const std::string& id, const Stamp& stamp,
                   const std::optional<Project>& before, Context& context);

}  // namespace muster::ipd_driver
