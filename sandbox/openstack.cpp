#include "sandbox/openstack.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

Response unknown_server(const Request& request) {
  return json_response(404, {{"error", "the cloud has no server " + request.params.at("id")}});
}

Response list_servers(ServerStore& servers) {
  json list = json::array();
  const auto all = servers.list(ServerFilter{}, std::numeric_limits<std::size_t>::max(), "");
  for (const Server& server : *all) {
    list.push_back({{"id", server.id},
                    {"name", server.name},
                    {"status", servers.state(server).status},
                    {"metadata", server.metadata},
                    {"v4", server.v4},
                    {"v6", server.v6}});
  }
  return json_response(200, {{"servers", list}});
}

Response set_state(ServerStore& servers, const Request& request) {
  const auto body = json_object(request.body);
  const std::string status = body ? body->value("status", "") : "";
  if (status != "ACTIVE" && status != "SHUTOFF" && status != "ERROR" && status != "BUILD") {
    return json_response(400, {{"error", "status is ACTIVE, SHUTOFF, ERROR or BUILD, not '" + status + "'"}});
  }
  const bool found = servers.change(request.params.at("id"), "state " + status, [&](Server& server) {
    server.ready_at = std::min(server.ready_at, servers.now());
    server.stopped = status == "SHUTOFF";
    server.fate = status == "ERROR" ? Fate::error : status == "BUILD" ? Fate::stuck : Fate::active;
    server.fault = body->value("fault", "Set by the sandbox's control service.");
  });
  return found ? Response{204, {}, ""} : unknown_server(request);
}

Response set_cell(ServerStore& servers, const Request& request) {
  const auto body = json_object(request.body);
  if (!body || !body->contains("reachable") || !(*body)["reachable"].is_boolean()) {
    return json_response(400, {{"error", "reachable is true or false"}});
  }
  const bool reachable = (*body)["reachable"];
  const bool found = servers.change(request.params.at("id"), reachable ? "cell up" : "cell down",
                                    [&](Server& server) { server.reachable = reachable; });
  return found ? Response{204, {}, ""} : unknown_server(request);
}

}  // namespace

OpenStack::OpenStack(World& world, const OpenStackOptions& options)
    : cloud_(world),
      keystone_(world, options, cloud_),
      servers_(world, options),
      nova_(world, options, cloud_, keystone_),
      key_pairs_(nova_),
      glance_(world, options, cloud_, keystone_),
      neutron_(world, options, cloud_, keystone_, servers_) {
  keystone_.publish("compute", "nova", nova_.endpoint("%(project_id)s"));
  keystone_.publish("image", "glance", glance_.service().url() + "/");
  keystone_.publish("network", "neutron", neutron_.service().url() + "/");
  nova_.ask_for_servers([this](const std::string& id) { return servers_.find(id); });
  add_server_routes(nova_, servers_,
                    {[this](const std::string& name) { return key_pairs_.has(name); },
                     [this](const std::string& name) { return neutron_.security_groups().find(name); }});
  add_other_routes(nova_, servers_);
}

std::vector<HttpService*> OpenStack::services() {
  return {&keystone_.service(), &nova_.service(), &glance_.service(), &neutron_.service()};
}

std::map<std::string, std::string> OpenStack::environment() const {
  return {{"OS_AUTH_URL", keystone_.service().url() + "/v3"},
          {"OS_USERNAME", cloud_.user_name},
          {"OS_PASSWORD", cloud_.password},
          {"OS_PROJECT_NAME", cloud_.project_name},
          {"OS_PROJECT_ID", cloud_.project_id},
          {"OS_USER_DOMAIN_NAME", "Default"},
          {"OS_PROJECT_DOMAIN_NAME", "Default"},
          {"OS_REGION_NAME", cloud_.region},
          {"OS_IDENTITY_API_VERSION", "3"},
          {"OS_INTERFACE", "public"}};
}

void OpenStack::add_control_routes(HttpService& control) {
  control.route("GET", "/servers", [this](const Request&) { return list_servers(servers_); });
  control.route("POST", "/servers/{id}/vanish", [this](const Request& request) {
    return servers_.vanish(request.params.at("id")) ? Response{204, {}, ""} : unknown_server(request);
  });
  control.route("POST", "/servers/{id}/state", [this](const Request& request) { return set_state(servers_, request); });
  control.route("POST", "/servers/{id}/cell", [this](const Request& request) { return set_cell(servers_, request); });
}

}  // namespace muster::sandbox
