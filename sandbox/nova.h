#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>

#include "sandbox/cloud.h"
#include "sandbox/http_service.h"
#include "sandbox/keystone.h"
#include "sandbox/sandbox.h"
#include "sandbox/server_store.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// A call that passed authentication and microversion negotiation. The version is the 47 of 2.47.
struct NovaCall {
  const Request& request;
  int version = 1;
  std::string project_id;  ///< of the token
  const std::string& param(const std::string& name) const { return request.params.at(name); }
};
using NovaHandler = std::function<Response(const NovaCall&)>;

/// Nova 2.1 to 2.90: what all its resources share. The resources add their routes (add_server_routes and its like).
class Nova {
 public:
  static constexpr int newest_version = 93;
  /// From here on servers whose cell does not answer are shown, without what only the cell knows.
  static constexpr int first_with_down_cells = 69;

  Nova(World& world, const OpenStackOptions& options, const Cloud& cloud, const Keystone& keystone);

  HttpService& service() { return service_; }
  const HttpService& service() const { return service_; }

  /// `path` below /v2.1/{project}, such as /servers/{id}. `since` is the first microversion that has the route.
  void route(const std::string& method, const std::string& path, NovaHandler handler, int since = 1);
  /// Where servers are looked up: what is below /servers/{id} is for its own project, and for a cell that answers.
  void ask_for_servers(std::function<std::optional<Server>(const std::string& id)> find) { find_ = std::move(find); }
  /// http://host:port/v2.1/<project>: what the catalog says.
  std::string endpoint() const;
  std::string endpoint(const std::string& project_id) const;
  /// [{"rel": "self", ...}, {"rel": "bookmark", ...}] of /servers/<id> and the like.
  nlohmann::json links(const std::string& path) const;
  nlohmann::json bookmark(const std::string& path) const;
  /// [{"rel": "next", ...}] after the page that ends with `last`.
  nlohmann::json next_link(const Request& request, const std::string& last) const;

  World& world() { return world_; }
  const OpenStackOptions& options() const { return options_; }
  const Cloud& cloud() const { return cloud_; }

 private:
  Response answer(const Request& request, const NovaHandler& handler, int since) const;
  Response unknown(const Request& request) const;
  /// Why a call to something below a server comes to nothing.
  std::optional<Response> refusal(const NovaCall& call) const;
  void add_version_routes();

  World& world_;
  const OpenStackOptions options_;
  const Cloud& cloud_;
  const Keystone& keystone_;
  std::function<std::optional<Server>(const std::string& id)> find_;
  HttpService service_;
};

/// Whether there is a key pair of this name; the security group of this name or id.
struct Neighbours {
  std::function<bool(const std::string&)> key_pair;
  std::function<std::optional<GroupReference>(const std::string&)> security_group;
};

/// /servers with metadata, tags, actions and addresses.
void add_server_routes(Nova& nova, ServerStore& servers, Neighbours known);
/// The part of it that is about running servers: actions, consoles, addresses, interfaces.
void add_action_routes(Nova& nova, ServerStore& servers);
Response no_such_server(const std::string& id);
/// /flavors, /limits, /os-quota-sets, /os-availability-zone, and what a plain user is refused.
void add_other_routes(Nova& nova, ServerStore& servers);

/// 1000 at most, fewer when the query says so; a refusal when `limit` is no number.
std::variant<std::size_t, Response> page_limit(const Request& request, int page_maximum);
/// "Invalid input for field/attribute NAME. Value: VALUE. PROBLEM"
Response invalid_field(const std::string& name, const nlohmann::json& value, const std::string& problem);

}  // namespace muster::sandbox
