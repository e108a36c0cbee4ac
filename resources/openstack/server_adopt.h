#pragma once

// Taking over a server that another tool made: what stands against it, read from the server itself.

#include <string>

#include "resources/contract/driver.h"
#include "resources/openstack/names.h"
#include "resources/openstack/server_json.h"

namespace muster::openstack {

/// Whether the server can become `resource` as it is: its name, its state, and what Nova shows of the fields that a
/// create sets. Names in the manifest are resolved. User data is not shown to users, so it is not compared. Reads the
/// server, and its ports when the network was given by id. Throws Error when the cloud does not tell.
Takeover examine_server(Client& client, Names& names, const Resource& resource, const Observed& observed,
                        Context& context);

/// Throws Error(conflict) unless `server` carries no stamp, or already the one of this fleet and id, and is called as
/// wanted and is not on its way out.
void refuse_others_server(const Server& server, const Resource& resource, const Stamp& stamp, Time now);

}  // namespace muster::openstack
