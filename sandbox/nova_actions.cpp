// What is done to a server that runs, its console, and where it is attached.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sandbox/nova.h"
#include "sandbox/nova_views.h"
#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

Response wrong_state(const std::string& action, const Server& server, const ServerState& state) {
  const bool busy = !state.task_state.empty();
  return nova_error(409, fmt::format("Cannot '{}' instance {} while it is in {} {}", action, server.id,
                                     busy ? "task_state" : "vm_state", busy ? state.task_state : state.vm_state));
}

Response power_action(ServerStore& servers, const Server& server, const std::string& name, const json& argument) {
  const ServerState state = servers.state(server);
  const bool start = name == "os-start";
  const bool reboot = name == "reboot";
  const std::string verb = reboot ? "reboot" : start ? "start" : "stop";
  const std::string needed = start ? "stopped" : "active";
  if (!state.task_state.empty() || state.vm_state != needed) return wrong_state(verb, server, state);
  servers.change(server.id, verb, [&](Server& changed) {
    changed.stopped = name == "os-stop";
    if (!reboot) return;
    changed.hard_reboot = argument.is_object() && argument.value("type", "") == "HARD";
    changed.rebooting_until = servers.now() + std::chrono::milliseconds(300);
  });
  return {202, {}, ""};
}

Response act_on_server(ServerStore& servers, const NovaCall& call) {
  const auto body = json_object(call.request.body);
  if (!body || body->size() != 1) return nova_error(400, "Malformed request body");
  const std::string name = body->begin().key();
  const bool power = name == "reboot" || name == "os-start" || name == "os-stop";
  const bool console = name == "os-getConsoleOutput";
  const bool forced_deletion = name == "forceDelete";
  if (!power && !console && !forced_deletion) {
    return nova_error(400, fmt::format("There is no such action: {}", name));
  }
  const auto server = servers.find(call.param("id"));
  if (!server) return no_such_server(call.param("id"));
  if (power) return power_action(servers, *server, name, body->begin().value());
  if (console) return json_response(200, {{"output", "FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE"}});
  servers.remove(server->id);
  return {202, {}, ""};
}

/// A cloud whose hypervisor offers no console: every type of one is unavailable.
Response refuse_console(ServerStore& servers, const NovaCall& call) {
  const auto body = json_object(call.request.body);
  if (!body || !body->contains("remote_console") || !(*body)["remote_console"].is_object()) {
    return nova_error(400, "'remote_console' is a required property");
  }
  const json& wanted = (*body)["remote_console"];
  if (!wanted.contains("type") || !wanted["type"].is_string()) {
    return invalid_field("remote_console", wanted, "'type' is a required property");
  }
  if (!servers.find(call.param("id"))) return no_such_server(call.param("id"));
  return nova_error(400, fmt::format("Unavailable console type {}.", wanted["type"].get<std::string>()));
}

}  // namespace

void add_action_routes(Nova& nova, ServerStore& servers) {
  nova.route("POST", "/servers/{id}/action", [&servers](const NovaCall& call) { return act_on_server(servers, call); });

  constexpr int first_with_remote_consoles = 6;
  nova.route(
      "POST", "/servers/{id}/remote-consoles",
      [&servers](const NovaCall& call) { return refuse_console(servers, call); }, first_with_remote_consoles);
  nova.route("GET", "/servers/{id}/ips", [&](const NovaCall& call) {
    const auto server = servers.find(call.param("id"));
    if (!server) return no_such_server(call.param("id"));
    return json_response(200, {{"addresses", server_addresses(nova, *server, servers.state(*server), false)}});
  });
  nova.route("GET", "/servers/{id}/os-interface", [&](const NovaCall& call) {
    const auto server = servers.find(call.param("id"));
    if (!server) return no_such_server(call.param("id"));
    json list = json::array();
    if (servers.state(*server).built() && !server->port_id.empty()) {
      const json v4{{"subnet_id", nova.cloud().subnet_v4_id}, {"ip_address", server->v4}};
      const json v6{{"subnet_id", nova.cloud().subnet_v6_id}, {"ip_address", server->v6}};
      list.push_back({{"net_id", nova.cloud().network_id},
                      {"port_id", server->port_id},
                      {"mac_addr", server->mac},
                      {"port_state", "ACTIVE"},
                      {"fixed_ips", json::array({v4, v6})}});
    }
    return json_response(200, {{"interfaceAttachments", list}});
  });
}

}  // namespace muster::sandbox
