#include "sandbox/server_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace muster::sandbox {
namespace {

constexpr std::uint32_t first_v4 = (198U << 24) | (18U << 16);
constexpr std::uint32_t v4_hosts = (1U << 17) - 2;

std::string v4_text(std::uint32_t host) {
  const std::uint32_t address = first_v4 + host;
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255, address & 255);
}

/// As inet_ntop writes it: 2001:db8::2a, and 2001:db8::1:2a beyond 16 bits.
std::string v6_text(std::uint32_t host) {
  if (host < 0x10000) return fmt::format("2001:db8::{:x}", host);
  return fmt::format("2001:db8::{:x}:{:x}", host >> 16, host & 0xffff);
}

bool has_all(const Server& server, const std::vector<std::string>& tags) {
  return std::all_of(tags.begin(), tags.end(), [&](const auto& tag) { return server.tags.count(tag) != 0; });
}

bool has_any(const Server& server, const std::vector<std::string>& tags) {
  return std::any_of(tags.begin(), tags.end(), [&](const auto& tag) { return server.tags.count(tag) != 0; });
}

std::string ledger_details(const Server& server) {
  nlohmann::json details{{"flavor", server.flavor->name},
                         {"image", server.image_id},
                         {"metadata", server.metadata},
                         {"tags", server.tags},
                         {"key_name", server.key_name},
                         {"user_data_bytes", server.user_data ? server.user_data->size() : 0},
                         {"v4", server.v4},
                         {"v6", server.v6}};
  if (server.fate == Fate::error) details["fate"] = "error";
  if (server.fate == Fate::stuck) details["fate"] = "stuck";
  return details.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ServerState building_state(const Server& server, Time now, std::chrono::milliseconds boot_time) {
  const auto left = server.ready_at - now;
  const char* task = "spawning";
  if (server.fate != Fate::stuck && left > boot_time / 2) task = "networking";
  if (server.fate != Fate::stuck && left > boot_time * 4 / 5) task = "scheduling";
  return {"BUILD", "building", task, 0};
}

}  // namespace

ServerState state_of(const Server& server, Time now, std::chrono::milliseconds boot_time) {
  if (server.deleted_at) return {"DELETED", "deleted", "", 0};
  ServerState state{"ACTIVE", "active", "", 1};
  if (now < server.ready_at || server.fate == Fate::stuck) {
    state = building_state(server, now, boot_time);
  } else if (server.fate == Fate::error) {
    state = {"ERROR", "error", "", 0};
  } else if (server.stopped) {
    state = {"SHUTOFF", "stopped", "", 4};
  } else if (now < server.rebooting_until) {
    state.status = server.hard_reboot ? "HARD_REBOOT" : "REBOOT";
    state.task_state = server.hard_reboot ? "rebooting_hard" : "rebooting";
  }
  if (server.deleting_since) state.task_state = "deleting";
  return state;
}

ServerStore::ServerStore(World& world, const OpenStackOptions& options)
    : world_(world), options_(options), host_ids_{world.random.hex(56), world.random.hex(56)} {}

std::optional<std::string> ServerStore::refusal(const Server& model, int count) const {
  if (options_.quota_ports >= 0 && model.on_network) {
    const auto used =
        std::count_if(alive_.begin(), alive_.end(), [](const auto& server) { return !server.second.port_id.empty(); });
    if (used + count > options_.quota_ports) return "Maximum number of ports exceeded";
  }
  struct Limit {
    const char* name;
    std::int64_t wanted;
    std::int64_t used;
    std::int64_t most;
  };
  const Limit limits[] = {{"cores", count * model.flavor->vcpus, usage_.cores, options_.quota_cores},
                          {"instances", count, usage_.instances, options_.quota_instances},
                          {"ram", std::int64_t{count} * model.flavor->ram_mb, usage_.ram_mb, options_.quota_ram_mb}};
  std::vector<std::string> names;
  std::vector<std::int64_t> wanted;
  std::vector<std::int64_t> used;
  std::vector<std::int64_t> most;
  for (const Limit& limit : limits) {
    if (limit.most < 0 || limit.used + limit.wanted <= limit.most) continue;
    names.emplace_back(limit.name);
    wanted.push_back(limit.wanted);
    used.push_back(limit.used);
    most.push_back(limit.most);
  }
  if (names.empty()) return std::nullopt;
  return fmt::format("Quota exceeded for {0}: Requested {1}, but already used {2} of {3} {0}", fmt::join(names, ", "),
                     fmt::join(wanted, ", "), fmt::join(used, ", "), fmt::join(most, ", "));
}

std::variant<std::vector<Server>, std::string> ServerStore::create(const Server& model, int count) {
  const Time now = world_.clock();
  const std::lock_guard lock(mutex_);
  settle_locked(now);
  if (auto no = refusal(model, count)) return *no;
  std::vector<Server> made;
  for (int i = 1; i <= count; ++i) {
    made.push_back(make(model, count == 1 ? model.name : fmt::format("{}-{}", model.name, i), now));
  }
  return made;
}

Server ServerStore::make(const Server& model, std::string name, Time now) {
  Server server = model;
  server.number = next_number_++;
  server.id = world_.random.uuid();
  server.name = std::move(name);
  if (server.description.empty()) server.description = server.name;
  server.created = server.updated = now;
  server.ready_at = now + options_.boot_time;
  server.host_id = host_ids_[server.number % host_ids_.size()];
  const bool full = options_.capacity_instances >= 0 && usage_.instances >= options_.capacity_instances;
  if (full || server.flavor->name == "nofit") {
    server.fate = Fate::error;
    server.fault = "No valid host was found. ";
  }
  if (server.on_network && server.fate != Fate::error) give_address(server);
  usage_.instances += 1;
  usage_.cores += server.flavor->vcpus;
  usage_.ram_mb += server.flavor->ram_mb;
  numbers_[server.id] = server.number;
  world_.ledger.created("server", server.id, server.name, ledger_details(server));
  return alive_.emplace(server.number, std::move(server)).first->second;
}

void ServerStore::give_address(Server& server) {
  if (!server.wanted_v4.empty() && addresses_.count(server.wanted_v4) == 0) {
    server.v4 = server.wanted_v4;
  } else {
    // Addresses come back into use only after all others: a name that still points to a removed server hits nobody.
    std::uint32_t tried = 0;
    do {
      next_host_ = next_host_ >= v4_hosts ? 2 : next_host_ + 1;
      server.v4 = v4_text(next_host_);
    } while (addresses_.count(server.v4) != 0 && ++tried < v4_hosts);
  }
  server.v6 = v6_text(static_cast<std::uint32_t>(server.number) + 1);
  server.v6_first = world_.random.below(2) == 1;
  const std::string digits = world_.random.hex(6);
  server.mac = fmt::format("fa:16:3e:{}:{}:{}", digits.substr(0, 2), digits.substr(2, 2), digits.substr(4, 2));
  server.port_id = world_.random.uuid();
  addresses_[server.v4] = server.number;
  addresses_[server.v6] = server.number;
}

ServerStore::Servers::iterator ServerStore::locate(const std::string& id) {
  const auto number = numbers_.find(id);
  return number == numbers_.end() ? alive_.end() : alive_.find(number->second);
}

std::optional<Server> ServerStore::find(const std::string& id) {
  const Time now = world_.clock();
  const std::lock_guard lock(mutex_);
  settle_locked(now);
  const auto found = locate(id);
  if (found == alive_.end()) return std::nullopt;
  return found->second;
}

bool ServerStore::fits(const Server& server, const ServerFilter& filter, Time now) const {
  if (!filter.project_id.empty() && server.project_id != filter.project_id) return false;
  if (filter.reachable_only && !server.reachable) return false;
  if (filter.name && !std::regex_search(server.name, *filter.name)) return false;
  if (filter.flavor_id && server.flavor->id != *filter.flavor_id) return false;
  if (filter.image_id && server.image_id != *filter.image_id) return false;
  if (filter.key_name && server.key_name != *filter.key_name) return false;
  if (!has_all(server, filter.tags) || (!filter.tags_any.empty() && !has_any(server, filter.tags_any))) return false;
  if (!filter.not_tags.empty() && has_all(server, filter.not_tags)) return false;
  if (has_any(server, filter.not_tags_any)) return false;
  const ServerState state = state_of(server, now, options_.boot_time);
  if (!filter.statuses.empty() && filter.statuses.count(state.status) == 0) return false;
  if (filter.ip) {
    const bool addressed = state.built() && std::regex_search(server.v4, *filter.ip);
    if (!addressed) return false;
  }
  if (filter.changes_since) {
    const Time changed =
        server.deleted_at.value_or(now >= server.ready_at ? std::max(server.ready_at, server.updated) : server.updated);
    if (changed < *filter.changes_since) return false;
  }
  return true;
}

std::optional<std::vector<Server>> ServerStore::list(const ServerFilter& filter, std::size_t limit,
                                                     const std::string& marker) {
  const Time now = world_.clock();
  const std::lock_guard lock(mutex_);
  settle_locked(now);
  const bool with_gone = filter.changes_since.has_value();
  auto alive = alive_.begin();
  auto gone = with_gone ? gone_.begin() : gone_.end();
  if (!marker.empty()) {
    const auto number = numbers_.find(marker);
    if (number == numbers_.end()) return std::nullopt;
    // A marker may be gone already; upper_bound in a newest-first map is the next older server.
    if (!with_gone && alive_.count(number->second) == 0) return std::nullopt;
    alive = alive_.upper_bound(number->second);
    if (with_gone) gone = gone_.upper_bound(number->second);
  }
  std::vector<Server> page;
  while (page.size() < limit && (alive != alive_.end() || gone != gone_.end())) {
    const bool take_alive = gone == gone_.end() || (alive != alive_.end() && alive->first > gone->first);
    const Server& server = take_alive ? alive->second : gone->second;
    if (fits(server, filter, now)) page.push_back(server);
    take_alive ? ++alive : ++gone;
  }
  return page;
}

bool ServerStore::change(const std::string& id, const std::string& what, const std::function<void(Server&)>& edit) {
  const Time now = world_.clock();
  const std::lock_guard lock(mutex_);
  settle_locked(now);
  const auto found = locate(id);
  if (found == alive_.end()) return false;
  Server& server = found->second;
  if (!server.launched_at && state_of(server, now, options_.boot_time).built()) server.launched_at = server.ready_at;
  edit(server);
  server.updated = now;
  world_.ledger.changed("server", id, server.name, nlohmann::json{{"what", what}}.dump());
  return true;
}

bool ServerStore::remove(const std::string& id) {
  const Time now = world_.clock();
  const std::lock_guard lock(mutex_);
  settle_locked(now);
  const auto found = locate(id);
  if (found == alive_.end()) return false;
  Server& server = found->second;
  if (server.deleting_since) return true;
  if (!state_of(server, now, options_.boot_time).built() || options_.delete_time.count() == 0) {
    bury(found, now, "api");
    return true;
  }
  server.deleting_since = now;
  server.updated = now;
  deletions_.emplace(now + options_.delete_time, server.number);
  world_.ledger.changed("server", id, server.name, R"({"what":"deleting"})");
  return true;
}

bool ServerStore::vanish(const std::string& id) {
  const Time now = world_.clock();
  const std::lock_guard lock(mutex_);
  settle_locked(now);
  const auto found = locate(id);
  if (found == alive_.end()) return false;
  bury(found, now, "control");
  return true;
}

void ServerStore::bury(Servers::iterator server, Time when, const std::string& by) {
  Server body = std::move(server->second);
  alive_.erase(server);
  usage_.instances -= 1;
  usage_.cores -= body.flavor->vcpus;
  usage_.ram_mb -= body.flavor->ram_mb;
  addresses_.erase(body.v4);
  addresses_.erase(body.v6);
  if (body.deleting_since) deletions_.erase({*body.deleting_since + options_.delete_time, body.number});
  body.user_data.reset();
  body.metadata.clear();
  body.deleted_at = body.updated = when;
  world_.ledger.deleted("server", body.id, body.name, nlohmann::json{{"by", by}}.dump());
  gone_.emplace(body.number, std::move(body));
}

void ServerStore::settle_locked(Time now) {
  while (!deletions_.empty() && deletions_.begin()->first <= now) {
    const auto [due, number] = *deletions_.begin();
    deletions_.erase(deletions_.begin());
    if (const auto found = alive_.find(number); found != alive_.end()) bury(found, due, "api");
  }
}

void ServerStore::settle() {
  const Time now = world_.clock();
  const std::lock_guard lock(mutex_);
  settle_locked(now);
}

Usage ServerStore::usage() {
  settle();
  const std::lock_guard lock(mutex_);
  return usage_;
}

std::optional<Server> ServerStore::at_address(const std::string& address) {
  const Time now = world_.clock();
  const std::lock_guard lock(mutex_);
  settle_locked(now);
  const auto found = addresses_.find(address);
  if (found == addresses_.end()) return std::nullopt;
  return alive_.at(found->second);
}

GuestDirectory ServerStore::guests() {
  return [this](const std::string& address) -> std::optional<GuestState> {
    const auto server = at_address(address);
    if (!server) return std::nullopt;
    const auto up_for = std::chrono::duration_cast<std::chrono::milliseconds>(now() - server->ready_at);
    return GuestState{server->id, server->name, state(*server).status == "ACTIVE", up_for};
  };
}

std::vector<Server> ServerStore::with_ports(const std::string& server_id) {
  std::vector<Server> found;
  if (!server_id.empty()) {
    if (auto server = find(server_id)) found.push_back(std::move(*server));
  } else {
    const Time now = world_.clock();
    const std::lock_guard lock(mutex_);
    settle_locked(now);
    for (const auto& [number, server] : alive_) found.push_back(server);
  }
  std::erase_if(found, [this](const Server& server) {
    return server.port_id.empty() || !(state(server).built() || state(server).task_state == "spawning");
  });
  return found;
}

}  // namespace muster::sandbox
