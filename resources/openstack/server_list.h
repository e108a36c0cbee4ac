#pragma once

// Reading servers: all of a project page by page, or a few by id.

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "resources/openstack/client.h"
#include "resources/openstack/server_json.h"

namespace muster::openstack {

struct ServerList {
  std::vector<Server> servers;  ///< without duplicates, in Nova's order
  bool complete = true;
  std::string why_incomplete;
  std::optional<std::chrono::milliseconds> retry_after;  ///< when that is why

  /// Only the first reason is kept: the others follow from it, mostly.
  void incomplete(std::string why, std::optional<std::chrono::milliseconds> retry_after = {});
};

/// As many calls as pages, 1000 servers each; from the start again, a few times, when the server at the end of a page
/// is deleted before the next is read. Throws Error only when not even the first page could be read, or when
/// interrupted.
ServerList list_servers(Client& client, Context& context);

/// Nothing when Nova says 404. Throws Error otherwise.
std::optional<Server> read_server(Client& client, const std::string& id, Context& context);

/// The same as Nova shows it.
std::optional<nlohmann::json> read_server_json(Client& client, const std::string& id, Context& context);

}  // namespace muster::openstack
