#include "sandbox/nova_views.h"

#include <nlohmann/json.hpp>

#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

json embedded_flavor(const Nova& nova, const Flavor& flavor, int version) {
  if (version < 47) {
    return {{"id", flavor.id}, {"links", json::array({nova.bookmark("/flavors/" + flavor.id)})}};
  }
  return {{"vcpus", flavor.vcpus},
          {"ram", flavor.ram_mb},
          {"disk", flavor.disk_gb},
          {"ephemeral", 0},
          {"swap", 0},
          {"original_name", flavor.name},
          {"extra_specs", json::object()}};
}

json image_of(const Nova& nova, const Server& server) {
  if (server.image_id.empty()) return "";
  return {{"id", server.image_id}, {"links", json::array({nova.bookmark("/images/" + server.image_id)})}};
}

Time last_change(const Server& server, Time now) {
  return now >= server.ready_at && !server.deleted_at ? std::max(server.ready_at, server.updated) : server.updated;
}

/// When it first ran, which an ERROR later does not take back.
std::optional<Time> launched_at(const Server& server, const ServerState& state) {
  if (server.launched_at) return server.launched_at;
  const bool ran = state.built() || (server.deleted_at && server.deleted_at >= server.ready_at);
  return ran && server.fate == Fate::active ? std::optional(server.ready_at) : std::nullopt;
}

json core_members(const Nova& nova, const Server& server, const ServerState& state, Time now, int version) {
  const bool placed = state.built() || (server.deleted_at && server.fate == Fate::active);
  json body{{"id", server.id},
            {"name", server.name},
            {"status", state.status},
            {"tenant_id", server.project_id},
            {"user_id", nova.cloud().user_id},
            {"metadata", server.metadata},
            {"hostId", placed ? server.host_id : ""},
            {"image", image_of(nova, server)},
            {"flavor", embedded_flavor(nova, *server.flavor, version)},
            {"created", second_time(server.created)},
            {"updated", second_time(last_change(server, now))},
            {"addresses", server_addresses(nova, server, state, true)},
            {"accessIPv4", ""},
            {"accessIPv6", ""},
            {"links", nova.links("/servers/" + server.id)},
            {"OS-DCF:diskConfig", "MANUAL"}};
  if (state.status == "BUILD" || state.status == "ACTIVE" || state.status == "REBOOT" ||
      state.status == "HARD_REBOOT") {
    body["progress"] = 0;
  }
  // Nova writes the fault a moment after the state.
  if (state.status == "ERROR" && now >= server.ready_at + std::chrono::milliseconds(20)) {
    body["fault"] = {{"code", 500}, {"created", second_time(server.ready_at)}, {"message", server.fault}};
  }
  return body;
}

void add_by_version(json& body, const Server& server, int version) {
  if (version >= 9) body["locked"] = false;
  if (version >= 73) body["locked_reason"] = nullptr;
  if (version >= 19) body["description"] = server.description;
  if (version >= 26) body["tags"] = server.tags;
  if (version >= 63) body["trusted_image_certificates"] = nullptr;
  if (version >= 90) body["OS-EXT-SRV-ATTR:hostname"] = server.name;
}

}  // namespace

json brief_server(const Nova& nova, const Server& server) {
  return {{"id", server.id}, {"name", server.name}, {"links", nova.links("/servers/" + server.id)}};
}

json server_addresses(const Nova& nova, const Server& server, const ServerState& state, bool extended) {
  if (!state.built() || server.v4.empty()) return json::object();
  json v4{{"version", 4}, {"addr", server.v4}};
  json v6{{"version", 6}, {"addr", server.v6}};
  if (extended) {
    for (json* address : {&v4, &v6}) {
      (*address)["OS-EXT-IPS:type"] = "fixed";
      (*address)["OS-EXT-IPS-MAC:mac_addr"] = server.mac;
    }
  }
  return {{nova.cloud().network_name, server.v6_first ? json::array({v6, v4}) : json::array({v4, v6})}};
}

json full_server(const Nova& nova, const Server& server, const ServerState& state, Time now, int version) {
  json body = core_members(nova, server, state, now, version);
  const auto launched = launched_at(server, state);
  body["OS-EXT-AZ:availability_zone"] = launched ? "nova" : "";
  body["config_drive"] = server.config_drive;
  body["key_name"] = text_or_null(server.key_name);
  body["OS-SRV-USG:launched_at"] = launched ? json(microsecond_time(*launched)) : json(nullptr);
  body["OS-SRV-USG:terminated_at"] = server.deleted_at ? json(microsecond_time(*server.deleted_at)) : json(nullptr);
  if (state.built() && !server.v4.empty()) {
    body["security_groups"] = json::array();
    for (const GroupReference& group : server.security_groups) {
      body["security_groups"].push_back({{"name", group.name}});
    }
  }
  body["OS-EXT-STS:task_state"] = text_or_null(state.task_state);
  body["OS-EXT-STS:vm_state"] = state.vm_state;
  body["OS-EXT-STS:power_state"] = state.power;
  body["os-extended-volumes:volumes_attached"] = json::array();
  add_by_version(body, server, version);
  return body;
}

json bare_server(const Nova& nova, const Server& server) {
  return {{"id", server.id},
          {"status", "UNKNOWN"},
          {"tenant_id", server.project_id},
          {"created", second_time(server.created)},
          {"links", nova.links("/servers/" + server.id)}};
}

json updated_server(const Nova& nova, const Server& server, const ServerState& state, Time now, int version) {
  json body = core_members(nova, server, state, now, version);
  body["addresses"] = server_addresses(nova, server, state, false);
  add_by_version(body, server, version);
  return body;
}

json flavor_view(const Nova& nova, const Flavor& flavor, bool detailed, int version) {
  json body{{"id", flavor.id}, {"name", flavor.name}, {"links", nova.links("/flavors/" + flavor.id)}};
  if (version >= 55) body["description"] = nullptr;
  if (!detailed) return body;
  body["ram"] = flavor.ram_mb;
  body["disk"] = flavor.disk_gb;
  body["vcpus"] = flavor.vcpus;
  body["swap"] = version >= 75 ? json(0) : json("");
  body["OS-FLV-EXT-DATA:ephemeral"] = 0;
  body["OS-FLV-DISABLED:disabled"] = false;
  body["os-flavor-access:is_public"] = true;
  body["rxtx_factor"] = 1.0;
  if (version >= 61) body["extra_specs"] = json::object();
  return body;
}

}  // namespace muster::sandbox
