// What a client reads of Nova besides its servers: flavors, limits, quotas, zones.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "sandbox/nova.h"
#include "sandbox/nova_views.h"
#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

int number_or_zero(const std::optional<std::string>& text) {
  int value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

Response list_flavors(const Nova& nova, const NovaCall& call, bool detailed) {
  const auto limit = page_limit(call.request, nova.options().page_maximum);
  if (const auto* refusal = std::get_if<Response>(&limit)) return *refusal;
  const std::size_t most = std::get<std::size_t>(limit);
  const auto& flavors = nova.cloud().flavors;
  auto flavor = flavors.begin();
  if (const auto marker = call.request.query_value("marker")) {
    flavor = std::find_if(flavors.begin(), flavors.end(), [&](const Flavor& one) { return one.id == *marker; });
    if (flavor == flavors.end()) return nova_error(400, fmt::format("marker [{}] not found", *marker));
    ++flavor;
  }
  const int least_ram = number_or_zero(call.request.query_value("minRam"));
  const int least_disk = number_or_zero(call.request.query_value("minDisk"));
  json list = json::array();
  std::string last;
  for (; flavor != flavors.end() && list.size() < most; ++flavor) {
    if (flavor->ram_mb < least_ram || flavor->disk_gb < least_disk) continue;
    list.push_back(flavor_view(nova, *flavor, detailed, call.version));
    last = flavor->id;
  }
  json body{{"flavors", list}};
  if (list.size() == most && most > 0) body["flavors_links"] = nova.next_link(call.request, last);
  return json_response(200, body);
}

void add_flavor_routes(Nova& nova) {
  nova.route("GET", "/flavors", [&nova](const NovaCall& call) { return list_flavors(nova, call, false); });
  nova.route("GET", "/flavors/detail", [&nova](const NovaCall& call) { return list_flavors(nova, call, true); });
  const auto with_flavor = [&nova](auto view) {
    return [&nova, view](const NovaCall& call) {
      const Flavor* flavor = nova.cloud().flavor(call.param("id"));
      if (flavor == nullptr) return nova_error(404, fmt::format("Flavor {} could not be found.", call.param("id")));
      return json_response(200, view(*flavor, call.version));
    };
  };
  nova.route("GET", "/flavors/{id}", with_flavor([&nova](const Flavor& flavor, int version) {
               return json{{"flavor", flavor_view(nova, flavor, true, version)}};
             }));
  nova.route("GET", "/flavors/{id}/os-extra_specs", with_flavor([](const Flavor&, int) {
               return json{{"extra_specs", json::object()}};
             }));
}

Response limits(const Nova& nova, ServerStore& servers, const NovaCall& call) {
  const Usage usage = servers.usage();
  const OpenStackOptions& options = nova.options();
  json absolute{{"maxTotalInstances", options.quota_instances},
                {"maxTotalCores", options.quota_cores},
                {"maxTotalRAMSize", options.quota_ram_mb},
                {"maxServerMeta", 128},
                {"maxTotalKeypairs", -1},
                {"maxServerGroups", -1},
                {"maxServerGroupMembers", -1},
                {"totalRAMUsed", usage.ram_mb},
                {"totalCoresUsed", usage.cores},
                {"totalInstancesUsed", usage.instances},
                {"totalServerGroupsUsed", 0}};
  if (call.version < 57) {
    absolute.update(json{{"maxImageMeta", 128}, {"maxPersonality", 5}, {"maxPersonalitySize", 10240}});
  }
  if (call.version < 36) {
    absolute.update(json{{"maxTotalFloatingIps", -1},
                         {"maxSecurityGroups", -1},
                         {"maxSecurityGroupRules", -1},
                         {"totalFloatingIpsUsed", 0},
                         {"totalSecurityGroupsUsed", 0}});
  }
  return json_response(200, {{"limits", {{"rate", json::array()}, {"absolute", absolute}}}});
}

/// name -> (limit, in use) of the microversion.
std::map<std::string, std::pair<std::int64_t, std::int64_t>> quotas(const Nova& nova, ServerStore& servers,
                                                                    int version) {
  const Usage usage = servers.usage();
  const OpenStackOptions& options = nova.options();
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> set{
      {"cores", {options.quota_cores, usage.cores}},
      {"instances", {options.quota_instances, usage.instances}},
      {"ram", {options.quota_ram_mb, usage.ram_mb}},
      {"key_pairs", {-1, 0}},
      {"metadata_items", {128, 0}},
      {"server_groups", {-1, 0}},
      {"server_group_members", {-1, 0}}};
  if (version < 57) {
    set.insert({{"injected_files", {5, 0}},
                {"injected_file_content_bytes", {10240, 0}},
                {"injected_file_path_bytes", {255, 0}}});
  }
  if (version < 36) {
    for (const char* name : {"fixed_ips", "floating_ips", "security_groups", "security_group_rules"}) {
      set.insert({name, {-1, 0}});
    }
  }
  return set;
}

Response quota_set(const Nova& nova, ServerStore& servers, const NovaCall& call, bool detailed) {
  if (call.param("of") != call.project_id) {
    return nova_error(403, fmt::format("Policy doesn't allow os_compute_api:os-quota-sets:{} to be performed.",
                                       detailed ? "detail" : "show"));
  }
  json body{{"id", call.project_id}};
  for (const auto& [name, quota] : quotas(nova, servers, call.version)) {
    body[name] = detailed ? json{{"limit", quota.first}, {"in_use", quota.second}, {"reserved", 0}} : json(quota.first);
  }
  return json_response(200, {{"quota_set", body}});
}

void add_refusals(Nova& nova) {
  const std::map<std::string, std::string> policies{{"/os-services", "os-services:list"},
                                                    {"/os-hypervisors", "os-hypervisors:list"},
                                                    {"/os-availability-zone/detail", "os-availability-zone:detail"}};
  for (const auto& [path, policy] : policies) {
    nova.route("GET", path, [policy = policy](const NovaCall&) {
      return nova_error(403, fmt::format("Policy doesn't allow os_compute_api:{} to be performed.", policy));
    });
  }
}

}  // namespace

void add_other_routes(Nova& nova, ServerStore& servers) {
  add_flavor_routes(nova);
  nova.route("GET", "/limits", [&](const NovaCall& call) { return limits(nova, servers, call); });
  nova.route("GET", "/os-quota-sets/{of}", [&](const NovaCall& call) { return quota_set(nova, servers, call, false); });
  nova.route("GET", "/os-quota-sets/{of}/detail",
             [&](const NovaCall& call) { return quota_set(nova, servers, call, true); });
  nova.route("GET", "/os-availability-zone", [](const NovaCall&) {
    const json zone{{"zoneName", "nova"}, {"zoneState", {{"available", true}}}, {"hosts", nullptr}};
    return json_response(200, {{"availabilityZoneInfo", json::array({zone})}});
  });
  nova.route("GET", "/os-server-groups", [](const NovaCall&) {
    return json_response(200, {{"server_groups", json::array()}});
  });
  add_refusals(nova);
}

}  // namespace muster::sandbox
