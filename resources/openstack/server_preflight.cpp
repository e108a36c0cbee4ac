#include "resources/openstack/server_preflight.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "resources/contract/error.h"
#include "resources/contract/user_data.h"
#include "resources/net/json_body.h"
#include "resources/openstack/json_access.h"
#include "resources/openstack/server_list.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

struct Room {
  std::int64_t servers = 0;
  std::int64_t cores = 0;
  std::int64_t ram_mb = 0;

  void add(std::int64_t more_cores, std::int64_t more_ram_mb) {
    servers += 1;
    cores += more_cores;
    ram_mb += more_ram_mb;
  }
};

struct Quota {
  std::string_view what;
  std::int64_t Room::*part;
  std::int64_t limit;  ///< negative: none
  std::int64_t used;

  bool holds(std::int64_t more) const { return limit < 0 || used + more <= limit; }
};

/// What the plan gives back. An upper bound: what is not known for certain counts as given back.
struct Freed {
  Room room;
  Room first;  ///< of it, what is free for certain before something is made in its place
  bool all_sizes_known = true;
};

/// Gathers problems; the same words at the same place appear once, however many hosts share them.
class Check {
 public:
  Check(Client& client, Names& names, Context& context) : client_(client), names_(names), context_(context) {}

  void look_at(const PlannedWrite& write);
  void check_quota();
  void check_clock();
  /// The cloud does not answer such questions now: asking again for every server would tell nothing new.
  void end_early(const Error& error);
  std::vector<Diagnostic> take();

 private:
  /// Runs `look_up`. When the cloud has no such thing, that becomes a diagnostic at the manifest, and nothing is
  /// returned; any other error is not about the manifest and goes on.
  template <typename LookUp>
  auto attempted(const Resource& resource, const LookUp& look_up) -> std::optional<decltype(look_up())>;
  void check_fit(const Resource& resource, const Image& image, const Flavor& flavor);
  void check_access(const Resource& resource, const Network& network);
  void check_user_data(const Resource& resource);
  std::vector<Quota> quotas();
  void add_port_quota(std::vector<Quota>& quotas);
  Freed freed();
  void judge(const Quota& quota, const Freed& freed);

  Client& client_;
  Names& names_;
  Context& context_;
  std::vector<Diagnostic> diagnostics_;
  Room creates_;                         ///< in whose place nothing stands any more once they are made
  Room replacements_;                    ///< made while what they replace still stands
  std::set<std::string> removed_;        ///< backend ids, at whatever time in the run
  std::set<std::string> removed_first_;  ///< of them, those that go before what replaces them is made
  Origin first_origin_;                  ///< a place to begin at; the room is not one manifest's, so none is named
};

template <typename LookUp>
auto Check::attempted(const Resource& resource, const LookUp& look_up) -> std::optional<decltype(look_up())> {
  try {
    return look_up();
  } catch (const Error& error) {
    if (error.fault() != Fault::invalid) throw;
    diagnostics_.push_back({Severity::error, resource.origin, error.message(), error.hint()});
    return std::nullopt;
  }
}

void Check::look_at(const PlannedWrite& write) {
  const bool removes = write.verb == Verb::remove || write.verb == Verb::replace;
  if (removes && write.observed != nullptr) {
    removed_.insert(write.observed->backend_id);
    if (write.verb == Verb::replace) removed_first_.insert(write.observed->backend_id);
  }
  if (write.resource == nullptr || (write.verb != Verb::create && write.verb != Verb::replace)) return;
  const Resource& resource = *write.resource;
  const Value& wanted = resource.wanted;
  if (creates_.servers + replacements_.servers == 0)
    first_origin_ = {resource.origin.file, resource.origin.line, resource.origin.column, {}};
  const auto image = attempted(resource, [&] { return names_.image(wanted.string_at("image"), context_); });
  const auto flavor = attempted(resource, [&] { return names_.flavor(wanted.string_at("flavor"), context_); });
  const auto network = attempted(resource, [&] { return names_.network(wanted.string_at("network"), context_); });
  if (network) check_access(resource, *network);
  if (const std::string key_pair = wanted.string_at("key_pair"); !key_pair.empty()) {
    attempted(resource, [&] {
      names_.check_key_pair(key_pair, context_);
      return true;
    });
  }
  if (const Value& groups = wanted.at("security_groups"); groups.is_list()) {
    for (const Value& group : groups.as_list()) {
      attempted(resource, [&] { return names_.security_group_id(group.as_string(), context_); });
    }
  }
  if (image && flavor) check_fit(resource, *image, *flavor);
  check_user_data(resource);
  const bool side_by_side = write.verb == Verb::replace && write.observed == nullptr;
  const Flavor size = flavor.value_or(Flavor{});
  (side_by_side ? replacements_ : creates_).add(size.vcpus, size.ram_mb);
}

void Check::check_fit(const Resource& resource, const Image& image, const Flavor& flavor) {
  // A flavor without a disk of its own boots from the network and takes any image.
  if (flavor.disk_gb > 0 && image.min_disk_gb > flavor.disk_gb) {
    diagnostics_.push_back({Severity::error, resource.origin,
                            fmt::format("the image \"{}\" needs a disk of {} GB, the flavor \"{}\" has {}", image.name,
                                        image.min_disk_gb, flavor.name, flavor.disk_gb),
                            "choose a larger flavor or another image"});
  }
  constexpr std::int64_t gib = std::int64_t{1} << 30;
  if (flavor.disk_gb > 0 && image.bytes > flavor.disk_gb * gib) {
    diagnostics_.push_back({Severity::error, resource.origin,
                            fmt::format("the image \"{}\" fills {} GB, the flavor \"{}\" has a disk of {}", image.name,
                                        (image.bytes + gib - 1) / gib, flavor.name, flavor.disk_gb),
                            "choose a larger flavor or another image"});
  }
  if (image.min_ram_mb > flavor.ram_mb) {
    diagnostics_.push_back({Severity::error, resource.origin,
                            fmt::format("the image \"{}\" needs {} MB of memory, the flavor \"{}\" has {}", image.name,
                                        image.min_ram_mb, flavor.name, flavor.ram_mb),
                            "choose a larger flavor or another image"});
  }
}

void Check::check_access(const Resource& resource, const Network& network) {
  // Nova's own rule. A provider may relax it by policy, which no API tells: so it is no error.
  if (!network.is_closed || client_.has_role("admin", context_)) return;
  diagnostics_.push_back({Severity::warning, resource.origin,
                          fmt::format("the network \"{}\" is external and not shared with the project; most clouds "
                                      "let only administrators put servers on such a network",
                                      network.name),
                          "if the servers are refused, name a network of the project's own, or ask the provider to "
                          "share this one"});
}

void Check::check_user_data(const Resource& resource) {
  const Value& user_data = resource.wanted.at("user_data");
  const std::size_t encoded = base64_size(least_size(user_data));
  if (encoded <= most_encoded_user_data) return;
  diagnostics_.push_back({Severity::error, resource.origin,
                          fmt::format("the user data takes {}{} encoded bytes, Nova accepts {}",
                                      user_data.is_string() ? "" : "at least ", encoded, most_encoded_user_data),
                          "shorten the post-install script, or let it fetch its larger part"});
}

std::vector<Quota> Check::quotas() {
  Call call;
  call.path = "/limits";
  call.operation = "limits";
  const json answer = client_.call_json(call, context_);
  const json& absolute = object_at(object_at(answer, "limits"), "absolute");
  const auto quota = [&](std::string_view what, std::int64_t Room::*part, const char* limit, const char* used) {
    return Quota{what, part, number_at(absolute, limit, -1), number_at(absolute, used)};
  };
  std::vector<Quota> quotas{quota("servers", &Room::servers, "maxTotalInstances", "totalInstancesUsed"),
                            quota("cores", &Room::cores, "maxTotalCores", "totalCoresUsed"),
                            quota("MB of memory", &Room::ram_mb, "maxTotalRAMSize", "totalRAMUsed")};
  add_port_quota(quotas);
  return quotas;
}

/// A cloud need not let its users read it, nor know it at all.
void Check::add_port_quota(std::vector<Quota>& quotas) {
  Call call;
  call.service = Service::network;
  call.path = fmt::format("/quotas/{}/details.json", net::percent_encode(client_.project_id(context_)));
  call.operation = "quotas/{project}/details";
  call.accepted = {403, 404};
  const net::HttpAnswer answer = client_.call(call, context_);
  if (answer.status != 200) return;
  const json body = net::json_body(answer.body);
  const json& ports = object_at(object_at(body, "quota"), "port");
  // Each server is on one network, so it takes one port.
  quotas.push_back({"ports", &Room::servers, number_at(ports, "limit", -1), number_at(ports, "used")});
}

/// What the plan removes, and what is being deleted already, whoever asked for it.
Freed Check::freed() {
  Freed freed;
  const ServerList list = list_servers(client_, context_);
  freed.all_sizes_known = list.complete;
  for (const Server& server : list.servers) {
    const bool goes =
        removed_.count(server.id) != 0 || state_of(server, context_.clock.now()).condition == Condition::deleting;
    if (!goes) continue;
    freed.room.add(server.vcpus, server.ram_mb);
    if (removed_first_.count(server.id) != 0) freed.first.add(server.vcpus, server.ram_mb);
    if (server.vcpus == 0) freed.all_sizes_known = false;
  }
  return freed;
}

/// An error only when there is no order of doing things in which the plan could fit.
void Check::judge(const Quota& quota, const Freed& freed) {
  const std::int64_t creates = creates_.*quota.part;
  const std::int64_t all = creates + replacements_.*quota.part;
  const std::int64_t given_back = freed.room.*quota.part;
  if (all == 0 || quota.holds(all - freed.first.*quota.part)) return;
  const bool certain = freed.all_sizes_known && !quota.holds(creates - given_back);
  diagnostics_.push_back(
      {certain ? Severity::error : Severity::warning, first_origin_,
       fmt::format("the project's quota allows {} {}, {} are used, the plan needs {} more{}", quota.limit, quota.what,
                   quota.used, all, given_back == 0 ? "" : fmt::format(" and gives back {}", given_back)),
       certain ? "remove what is no longer needed, or ask the provider for a higher quota"
               : "servers that find no room yet fail, and what they replace stays: apply again once others are gone"});
}

void Check::check_quota() {
  if (creates_.servers + replacements_.servers == 0) return;
  const std::vector<Quota> all = quotas();
  const bool fits = std::all_of(all.begin(), all.end(), [&](const Quota& quota) {
    return quota.holds(creates_.*quota.part + replacements_.*quota.part);
  });
  if (fits) return;
  const Freed given_back = freed();
  for (const Quota& quota : all) judge(quota, given_back);
}

void Check::check_clock() {
  const auto difference = client_.clock().difference();
  if (!difference) return;
  const std::string server = fmt::format("OpenStack at {}", client_.identity().credentials().auth_url);
  if (auto problem = net::clock_problem(server, *difference)) diagnostics_.push_back(std::move(*problem));
}

void Check::end_early(const Error& error) {
  diagnostics_.push_back(
      {Severity::error, {}, "what is to be made could not be checked: " + error.message(), error.hint()});
}

std::vector<Diagnostic> Check::take() {
  sort_diagnostics(diagnostics_);
  return std::move(diagnostics_);
}

}  // namespace

std::vector<Diagnostic> preflight_servers(Client& client, Names& names, const std::vector<PlannedWrite>& writes,
                                          Context& context) {
  Check check(client, names, context);
  try {
    for (const PlannedWrite& write : writes) check.look_at(write);
    check.check_quota();
  } catch (const Error& error) {
    if (error.fault() == Fault::interrupted) throw;
    check.end_early(error);
  }
  check.check_clock();
  return check.take();
}

}  // namespace muster::openstack
