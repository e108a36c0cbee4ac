#include "resources/openstack/server_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "resources/openstack/json_access.h"
#include "resources/openstack/times.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

Time time_at(const json& object, const char* member) { return time_from(text_at(object, member)).value_or(Time{}); }

std::vector<Address> addresses_from(const json& networks) {
  std::vector<Address> addresses;
  for (const auto& [network, list] : networks.items()) {
    for (const json& item : list) {
      addresses.push_back({network, static_cast<int>(number_at(item, "version", 4)), text_at(item, "addr"),
                           text_at(item, "OS-EXT-IPS:type") != "floating"});
    }
  }
  return addresses;
}

/// Null when there is none. A floating address may come and go; the fixed one is born with the server.
Value address_of(const Server& server, int version, const std::string& network) {
  const Address* best = nullptr;
  for (const Address& address : server.addresses) {
    if (address.version != version || !address.fixed) continue;
    if (best == nullptr || (best->network != network && address.network == network)) best = &address;
  }
  return best == nullptr ? Value() : Value(best->text);
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string with_task(const Server& server) {
  return server.task_state.empty() ? server.status : fmt::format("{} ({})", server.status, server.task_state);
}

}  // namespace

Server server_from(const json& item) {
  Server server;
  server.id = text_at(item, "id");
  server.name = text_at(item, "name");
  server.status = text_at(item, "status");
  server.task_state = text_at(item, "OS-EXT-STS:task_state");
  server.fault = text_at(object_at(item, "fault"), "message");
  server.detailed = item.contains("metadata") && item.contains("name");
  if (server.detailed) {
    for (const auto& [key, value] : object_at(item, "metadata").items()) {
      if (value.is_string()) server.metadata.emplace(key, value.get<std::string>());
    }
  }
  server.addresses = addresses_from(object_at(item, "addresses"));
  for (const json& tag : list_at(item, "tags")) {
    if (tag.is_string()) server.tags.push_back(tag.get<std::string>());
  }
  std::sort(server.tags.begin(), server.tags.end());
  server.created = time_at(item, "created");
  server.updated = time_at(item, "updated");
  server.launched = !text_at(item, "OS-SRV-USG:launched_at").empty();
  server.vcpus = number_at(object_at(item, "flavor"), "vcpus");
  server.ram_mb = number_at(object_at(item, "flavor"), "ram");
  return server;
}

ServerState state_of(const Server& server, Time now) {
  if (server.task_state == "deleting" || one_of(server.status, {"DELETED", "SOFT_DELETED"})) {
    return {Condition::deleting, with_task(server)};
  }
  if (server.status == "ERROR") {
    // Either clock may be the one that is ahead.
    const bool fresh = std::chrono::abs(now - server.updated) < std::chrono::seconds(10);
    if (server.fault.empty() && fresh) return {Condition::progressing, "ERROR, Nova has not said why yet"};
    return {Condition::failed, server.fault.empty() ? "ERROR, Nova gives no reason" : "ERROR: " + server.fault};
  }
  if (one_of(server.status,
             {"BUILD", "REBUILD", "REBOOT", "HARD_REBOOT", "RESIZE", "REVERT_RESIZE", "MIGRATING", "PASSWORD"})) {
    return {Condition::progressing, with_task(server)};
  }
  if (server.status == "ACTIVE") {
    // Nova may call a server active a moment before its addresses are in the answer.
    if (server.addresses.empty()) return {Condition::progressing, "ACTIVE, no address yet"};
    return {Condition::ready, "ACTIVE"};
  }
  // Stopped, paused, shelved ...: it is there as wanted, and somebody keeps it so. Power is not muster's to decide.
  if (one_of(server.status,
             {"SHUTOFF", "PAUSED", "SUSPENDED", "RESCUE", "SHELVED", "SHELVED_OFFLOADED", "VERIFY_RESIZE"})) {
    return {Condition::ready, with_task(server)};
  }
  return {Condition::unknown, server.status.empty() ? "Nova shows no status" : with_task(server)};
}

Observed observed_from(const Server& server, const std::string& fleet, const std::string& network, Time now) {
  Observed observed;
  observed.backend_id = server.id;
  observed.stamp = stamp_from(server.metadata);
  const bool ours = observed.stamp && observed.stamp->fleet == fleet;
  observed.ownership = ours ? Ownership::ours : Ownership::foreign;
  observed.id = ours ? observed.stamp->id : ResourceId{"openstack.server", server.id};
  List tags(server.tags.begin(), server.tags.end());
  observed.attributes = Map{{"name", server.name},
                            {"tags", std::move(tags)},
                            {"ipv4", address_of(server, 4, network)},
                            {"ipv6", address_of(server, 6, network)},
                            {"status", server.status}};
  const ServerState state = state_of(server, now);
  observed.condition = state.condition;
  observed.evidence = state.evidence;
  observed.ever_ready = server.launched || state.condition == Condition::ready;
  observed.created = server.created;
  observed.since = server.updated == Time{} ? server.created : server.updated;
  return observed;
}

}  // namespace muster::openstack
