#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sandbox/nova.h"
#include "sandbox/server_store.h"

namespace muster::sandbox {

/// {id, name, links}: an element of GET /servers.
nlohmann::json brief_server(const Nova& nova, const Server& server);
/// What GET /servers/{id} and /servers/detail say, in the form of the microversion.
nlohmann::json full_server(const Nova& nova, const Server& server, const ServerState& state, Time now, int version);
/// A server of a cell that does not answer.
nlohmann::json bare_server(const Nova& nova, const Server& server);
/// What PUT /servers/{id} answers: without the extensions' members.
nlohmann::json updated_server(const Nova& nova, const Server& server, const ServerState& state, Time now, int version);
/// {"Ext-Net": [...]}, empty until the server is built. With `extended`, type and MAC of each.
nlohmann::json server_addresses(const Nova& nova, const Server& server, const ServerState& state, bool extended);
/// `detailed` or {id, name, links}.
nlohmann::json flavor_view(const Nova& nova, const Flavor& flavor, bool detailed, int version);

}  // namespace muster::sandbox
