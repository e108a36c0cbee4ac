#include "reconciler/cli/hosts.h"

#include <algorithm>
#include <map>
#include <set>

#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

constexpr std::string_view server_kind = "openstack.server";
constexpr std::string_view record_kind = "ovh.rrset";
constexpr std::string_view mark_kind = "ovh.scope";

/// (namespace, name): "my-event", "abcde".
using Key = std::pair<std::string, std::string>;

struct Joined {
  std::vector<HostRow> servers;
  std::string domain;
  std::set<ResourceId> records;
  std::set<std::string> targets;
  bool records_ours = false;  ///< any of them
  bool record_unread = false;
};

/// Absence means something only where every scope of the kind was read completely.
bool all_read(const plan::Snapshot& snapshot, std::string_view kind) {
  return std::all_of(snapshot.scopes.begin(), snapshot.scopes.end(),
                     [&](const auto& entry) { return entry.first.kind != kind || entry.second.complete; });
}

/// A zone that could not be read shows in its records alone: its account's scope is complete without it.
bool all_zones_read(const plan::Snapshot& snapshot) {
  return std::none_of(snapshot.objects.begin(), snapshot.objects.end(), [](const auto& entry) {
    return entry.first.kind == record_kind && entry.second.condition == Condition::unknown;
  });
}

/// The two parts of "my-event/abcde", or of a mark's "example.com/my-event".
std::optional<Key> parts_of(const ResourceId& id) {
  const std::size_t slash = id.name.find('/');
  if (slash == std::string::npos) return std::nullopt;
  return Key{id.name.substr(0, slash), id.name.substr(slash + 1)};
}

class Joiner {
 public:
  Joiner(const manifests::Load& load, const plan::Snapshot& snapshot)
      : snapshot_(snapshot),
        servers_read_(all_read(snapshot, server_kind)),
        records_read_(all_read(snapshot, record_kind) && all_zones_read(snapshot)),
        namespaces_(namespaces_of(load, snapshot)) {
    for (const Resource& resource : load.resources) {
      if (resource.id.kind != server_kind) continue;
      wanted_[resource.id] = &resource;
    }
    for (const Resource& resource : load.resources) {
      if (resource.id.kind != record_kind) continue;
      if (const auto key = key_of_record(resource.id)) wants_record_.insert(*key);
    }
  }

  HostLists run() {
    for (const auto& [id, object] : snapshot_.objects) take(object, object.ownership == Ownership::ours);
    for (const Observed& object : snapshot_.foreign) take(object, false);
    HostLists lists;
    for (auto& [key, joined] : joined_) sort_out(key, joined, lists);
    return lists;
  }

 private:
  void take(const Observed& object, bool ours) {
    if (object.id.kind == server_kind) take_server(object, ours);
    if (object.id.kind == record_kind) take_record(object, ours);
  }

  std::optional<Key> key_of(const Observed& server, bool ours) const {
    return ours ? parts_of(server.id) : host_of_foreign(server, namespaces_);
  }

  void take_server(const Observed& server, bool ours) {
    const auto key = key_of(server, ours);
    if (!key) return;
    HostRow row;
    row.name = key->second;
    row.instance_name = server.attributes.string_at("name");
    row.backend_id = server.backend_id;
    if (server.condition == Condition::unknown)
      row.unread = Unread::server;
    else
      row.status = server.attributes.string_at("status", to_string(server.condition));
    row.ipv4 = server.attributes.string_at("ipv4");
    row.ipv6 = server.attributes.string_at("ipv6");
    row.ours = ours;
    row.stamp = server.stamp;
    if (const auto found = wanted_.find(server.id); ours && found != wanted_.end()) {
      row.resource = *found->second;
      row.wanted = true;
      row.group = found->second->group;
    }
    joined_[*key].servers.push_back(std::move(row));
  }

  /// Of example.com/abcde.my-event/A; nothing for records that name no host.
  std::optional<Key> key_of_record(const ResourceId& id) const {
    const std::size_t first = id.name.find('/');
    const std::size_t last = id.name.rfind('/');
    if (first == std::string::npos || first == last) return std::nullopt;
    const std::string type = id.name.substr(last + 1);
    if (type != "A" && type != "AAAA") return std::nullopt;
    const std::string sub = id.name.substr(first + 1, last - first - 1);
    std::optional<Key> best;
    for (const std::string& space : namespaces_) {
      if (!sub.ends_with("." + space) || sub.size() == space.size() + 1) continue;
      if (!best || best->first.size() < space.size()) best = Key{space, sub.substr(0, sub.size() - space.size() - 1)};
    }
    return best;
  }

  void take_record(const Observed& record, bool ours) {
    const auto key = key_of_record(record.id);
    if (!key) return;
    Joined& joined = joined_[*key];
    joined.records_ours = joined.records_ours || ours;
    joined.records.insert(record.id);
    if (record.condition == Condition::unknown) {
      joined.record_unread = true;
      return;
    }
    joined.domain = key->second + "." + key->first + "." + record.id.name.substr(0, record.id.name.find('/'));
    const Value& targets = record.attributes.at("targets");
    if (!targets.is_list()) return;
    for (const Value& target : targets.as_list()) {
      if (target.is_string()) joined.targets.insert(target.as_string());
    }
  }

  void sort_out(const Key& key, Joined& joined, HostLists& lists) const {
    std::set<ResourceId> ids = joined.records;
    ids.insert({std::string(server_kind), key.first + "/" + key.second});
    std::string target;
    for (const std::string& one : joined.targets) target += (target.empty() ? "" : ", ") + one;
    std::sort(joined.servers.begin(), joined.servers.end(),
              [](const HostRow& a, const HostRow& b) { return a.backend_id < b.backend_id; });
    for (HostRow& row : joined.servers) {
      row.ids = ids;
      row.domain = joined.domain;
      row.target = target;
      const bool complete = !joined.domain.empty() || (row.wanted && !wants_record_.contains(key));
      if (!complete && row.unread == Unread::nothing && !records_read_) row.unread = Unread::record;
      const bool told = complete || row.unread != Unread::nothing;
      (told ? lists.hosts : lists.orphaned_servers).push_back(std::move(row));
    }
    if (!joined.servers.empty()) return;
    HostRow row;
    row.name = key.second;
    row.ids = std::move(ids);
    row.domain = joined.domain;
    row.target = target;
    row.ours = joined.records_ours;
    if (!servers_read_)
      row.unread = Unread::server;
    else if (joined.record_unread)
      row.unread = Unread::record;
    (row.unread != Unread::nothing ? lists.hosts : lists.orphaned_domains).push_back(std::move(row));
  }

  const plan::Snapshot& snapshot_;
  const bool servers_read_;
  const bool records_read_;
  const std::set<std::string> namespaces_;
  std::map<ResourceId, const Resource*> wanted_;
  std::set<Key> wants_record_;
  std::map<Key, Joined> joined_;
};

}  // namespace

bool is_host_kind(std::string_view kind) { return kind == server_kind; }

std::set<std::string> namespaces_of(const manifests::Load& load, const plan::Snapshot& snapshot) {
  std::set<std::string> namespaces;
  const auto add = [&](const ResourceId& id) {
    const auto key = parts_of(id);
    if (!key) return;
    if (id.kind == server_kind) namespaces.insert(key->first);
    if (id.kind == mark_kind && key->second != "@") namespaces.insert(key->second);
  };
  for (const Resource& resource : load.resources) add(resource.id);
  for (const auto& [id, object] : snapshot.objects) add(id);
  return namespaces;
}

std::optional<std::pair<std::string, std::string>> host_of_foreign(const Observed& server,
                                                                   const std::set<std::string>& namespaces) {
  const std::string name = server.attributes.string_at("name");
  std::optional<Key> best;
  for (const std::string& space : namespaces) {
    if (!name.starts_with(space + "-") || name.size() == space.size() + 1) continue;
    if (!best || best->first.size() < space.size()) best = Key{space, name.substr(space.size() + 1)};
  }
  return best;
}

std::vector<std::string> gaps_in(const plan::Snapshot& snapshot) {
  std::vector<std::string> gaps;
  for (const auto& [scope, state] : snapshot.scopes) {
    if (!state.complete) gaps.push_back(scope.to_string() + " could not be read completely: " + state.why_unknown);
  }
  std::map<std::string, std::map<std::string, std::size_t>> reasons;
  for (const auto& [id, object] : snapshot.objects) {
    if (object.condition == Condition::unknown) ++reasons[object.evidence][noun_of(id.kind)];
  }
  for (const auto& [reason, nouns] : reasons) {
    std::string what;
    for (const auto& [noun, number] : nouns) what += (what.empty() ? "" : ", ") + counted(number, noun);
    gaps.push_back(what + " could not be read: " + reason);
  }
  return gaps;
}

std::string stopped_word(const Observed& object) {
  if (!is_host_kind(object.id.kind) || object.condition != Condition::ready) return {};
  const std::string status = object.attributes.string_at("status");
  return status == "ACTIVE" ? std::string() : status;
}

HostLists host_lists(const manifests::Load& load, const plan::Snapshot& snapshot) {
  return Joiner(load, snapshot).run();
}

}  // namespace muster::cli
