#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sandbox/nova.h"
#include "sandbox/server_store.h"

namespace muster::sandbox {

/// Nova's quota on items of metadata of one server (metadata_items in nova.conf).
constexpr std::size_t most_metadata = 128;

/// What a POST /servers asks for.
struct ServerOrder {
  Server model;
  int count = 1;
  std::string admin_password;
  bool reservation = false;
  /// By name or id, as the caller wrote them.
  std::vector<std::string> security_groups;
};

/// Reads and checks the body as nova's schemas and its compute API do; the first problem is the answer.
std::variant<ServerOrder, Response> read_server_order(Nova& nova, const NovaCall& call, const Neighbours& known);

/// Null for fine. `field` names the body's member in messages.
std::optional<Response> check_metadata(const nlohmann::json& metadata);
std::optional<Response> check_tags(const nlohmann::json& tags);
std::optional<Response> check_server_name(const nlohmann::json& name);

}  // namespace muster::sandbox
