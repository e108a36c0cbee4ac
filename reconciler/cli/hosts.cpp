#include "reconciler/cli/hosts.h"

#include <algorithm>
#include <map>
#include <set>

namespace muster::cli {
namespace {

constexpr std::string_view server_kind = "openstack.server";
constexpr std::string_view record_kind = "ovh.rrset";

/// (namespace, name): "my-event", "abcde".
using Key = std::pair<std::string, std::string>;

struct Joined {
  std::vector<HostRow> servers;
  std::string domain;
  std::set<std::string> targets;
  bool records_ours = true;
};

/// "my-event/abcde".
std::optional<Key> key_of_server_id(const ResourceId& id) {
  const std::size_t slash = id.name.find('/');
  if (slash == std::string::npos) return std::nullopt;
  return Key{id.name.substr(0, slash), id.name.substr(slash + 1)};
}

class Joiner {
 public:
  Joiner(const manifests::Load& load, const plan::Snapshot& snapshot) : load_(load), snapshot_(snapshot) {
    for (const Resource& resource : load.resources) {
      if (resource.id.kind == server_kind) wanted_[resource.id] = &resource;
      if (resource.id.kind == record_kind) wants_records_.insert(resource.id.name);
      if (resource.id.kind == server_kind) add_namespace(resource.id);
    }
    for (const auto& [id, object] : snapshot.objects) {
      if (id.kind == server_kind) add_namespace(id);
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
  void add_namespace(const ResourceId& id) {
    if (const auto key = key_of_server_id(id)) namespaces_.insert(key->first);
  }

  void take(const Observed& object, bool ours) {
    if (object.id.kind == server_kind) take_server(object, ours);
    if (object.id.kind == record_kind) take_record(object, ours);
  }

  /// Of servers that are not ours only those count whose name is NAMESPACE-NAME of a namespace of this fleet.
  std::optional<Key> key_of(const Observed& server, bool ours) const {
    if (ours) return key_of_server_id(server.id);
    const std::string name = server.attributes.string_at("name");
    std::optional<Key> best;
    for (const std::string& space : namespaces_) {
      if (!name.starts_with(space + "-") || name.size() == space.size() + 1) continue;
      if (!best || best->first.size() < space.size()) best = Key{space, name.substr(space.size() + 1)};
    }
    return best;
  }

  void take_server(const Observed& server, bool ours) {
    const auto key = key_of(server, ours);
    if (!key) return;
    HostRow row;
    row.name = key->second;
    row.instance_name = server.attributes.string_at("name");
    row.backend_id = server.backend_id;
    row.status = server.attributes.string_at("status", to_string(server.condition));
    row.ipv4 = server.attributes.string_at("ipv4");
    row.ipv6 = server.attributes.string_at("ipv6");
    row.ours = ours;
    if (const auto found = wanted_.find(server.id); ours && found != wanted_.end()) {
      row.resource = *found->second;
      row.wanted = true;
      row.group = found->second->group;
    }
    joined_[*key].servers.push_back(std::move(row));
  }

  /// example.com/abcde.my-event/A
  void take_record(const Observed& record, bool ours) {
    const std::size_t first = record.id.name.find('/');
    const std::size_t last = record.id.name.rfind('/');
    if (first == std::string::npos || first == last) return;
    const std::string type = record.id.name.substr(last + 1);
    if (type != "A" && type != "AAAA") return;
    const std::string sub = record.id.name.substr(first + 1, last - first - 1);
    std::optional<Key> best;
    for (const std::string& space : namespaces_) {
      if (!sub.ends_with("." + space) || sub.size() == space.size() + 1) continue;
      if (!best || best->first.size() < space.size()) best = Key{space, sub.substr(0, sub.size() - space.size() - 1)};
    }
    if (!best) return;
    Joined& joined = joined_[*best];
    joined.domain = sub + "." + record.id.name.substr(0, first);
    joined.records_ours = ours;
    const Value& targets = record.attributes.at("targets");
    if (!targets.is_list()) return;
    for (const Value& target : targets.as_list()) {
      if (target.is_string()) joined.targets.insert(target.as_string());
    }
  }

  bool wants_record(const Key& key) const {
    const std::string part = "/" + key.second + "." + key.first + "/";
    return std::any_of(wants_records_.begin(), wants_records_.end(),
                       [&](const std::string& name) { return name.find(part) != std::string::npos; });
  }

  void sort_out(const Key& key, Joined& joined, HostLists& lists) const {
    std::string target;
    for (const std::string& one : joined.targets) target += (target.empty() ? "" : ", ") + one;
    std::sort(joined.servers.begin(), joined.servers.end(),
              [](const HostRow& a, const HostRow& b) { return a.backend_id < b.backend_id; });
    for (HostRow& row : joined.servers) {
      row.domain = joined.domain;
      row.target = target;
      const bool complete = !joined.domain.empty() || (row.wanted && !wants_record(key));
      (complete ? lists.hosts : lists.orphaned_servers).push_back(std::move(row));
    }
    if (!joined.servers.empty()) return;
    HostRow row;
    row.name = key.second;
    row.domain = joined.domain;
    row.target = target;
    row.ours = joined.records_ours;
    lists.orphaned_domains.push_back(std::move(row));
  }

  const manifests::Load& load_;
  const plan::Snapshot& snapshot_;
  std::map<ResourceId, const Resource*> wanted_;
  std::set<std::string> wants_records_;
  std::set<std::string> namespaces_;
  std::map<Key, Joined> joined_;
};

}  // namespace

bool is_host_kind(std::string_view kind) { return kind == server_kind; }

HostLists host_lists(const manifests::Load& load, const plan::Snapshot& snapshot) {
  return Joiner(load, snapshot).run();
}

}  // namespace muster::cli
