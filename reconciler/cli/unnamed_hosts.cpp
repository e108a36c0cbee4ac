#include "reconciler/cli/unnamed_hosts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "reconciler/cli/hosts.h"

namespace muster::cli {
namespace {

constexpr std::string_view workshop_kind = "Workshop";

std::string namespace_of(const Manifest& workshop) { return workshop.spec.string_at("namespace", workshop.name); }

bool is_label(std::string_view text) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), is_inner);
}

/// Of all workshops whose servers are called like this one.
const Manifest* workshop_of(const manifests::Load& load, const Observed& server) {
  const std::string name = server.attributes.string_at("name");
  const Manifest* best = nullptr;
  for (const Manifest& manifest : load.manifests) {
    if (manifest.kind != workshop_kind || !name.starts_with(namespace_of(manifest) + "-")) continue;
    if (server.connection != "OpenStackProject/" + manifest.spec.string_at("project")) continue;
    if (best == nullptr || namespace_of(manifest).size() > namespace_of(*best).size()) best = &manifest;
  }
  return best;
}

UnnamedHost host_of(const Observed& server, const std::string& name_space) {
  UnnamedHost host;
  host.server = server.attributes.string_at("name");
  host.label = host.server.substr(name_space.size() + 1);
  host.backend_id = server.backend_id;
  host.ipv4 = server.attributes.string_at("ipv4");
  const std::size_t dash = host.label.rfind('-');
  if (server.condition != Condition::ready) {
    host.doubt = server.evidence.empty() ? "not ready" : server.evidence;
  } else if (!is_label(host.label)) {
    host.doubt = "this cannot be a host's name: lower-case letters, digits and dashes only";
  } else if (dash != std::string::npos) {
    host.doubt = fmt::format("it may as well be {} of another event, {}-{}", host.label.substr(dash + 1), name_space,
                             host.label.substr(0, dash));
  }
  return host;
}

std::vector<std::string> texts_of(const Value& list) {
  std::vector<std::string> texts;
  if (!list.is_list()) return texts;
  for (const Value& item : list.as_list()) texts.push_back(item.as_string());
  return texts;
}

/// What spec.hosts has to be for these to be named too; all else that it says stays.
std::string line_for(const Manifest& workshop, const std::vector<UnnamedHost>& hosts) {
  const Value& now = workshop.spec.at("hosts");
  std::vector<std::string> names = texts_of(now.is_list() ? now : now.at("names"));
  const std::set<std::string> known(names.begin(), names.end());
  const std::size_t before = names.size();
  std::map<std::string, int> times;
  for (const UnnamedHost& host : hosts) ++times[host.label];
  for (const UnnamedHost& host : hosts) {
    if (host.doubt.empty() && times[host.label] == 1 && !known.contains(host.label)) names.push_back(host.label);
  }
  if (names.size() == before) return {};
  const std::int64_t count = now.is_int() ? now.as_int() : now.int_at("count");
  const std::vector<std::string> retired = texts_of(now.at("retire"));
  return fmt::format("hosts: {{{}names: [{}]{}}}", count > 0 ? fmt::format("count: {}, ", count) : std::string(),
                     fmt::join(names, ", "),
                     retired.empty() ? std::string() : fmt::format(", retire: [{}]", fmt::join(retired, ", ")));
}

}  // namespace

std::vector<UnnamedHosts> unnamed_hosts(const manifests::Load& load, const plan::Snapshot& snapshot) {
  std::map<std::string, UnnamedHosts> groups;
  std::map<std::string, const Manifest*> workshops;
  for (const Observed& server : snapshot.foreign) {
    if (!is_host_kind(server.id.kind) || server.stamp) continue;
    const Manifest* workshop = workshop_of(load, server);
    if (workshop == nullptr) continue;
    workshops[workshop->key()] = workshop;
    groups[workshop->key()].hosts.push_back(host_of(server, namespace_of(*workshop)));
  }
  std::vector<UnnamedHosts> result;
  for (auto& [key, group] : groups) {
    std::sort(group.hosts.begin(), group.hosts.end(), [](const UnnamedHost& a, const UnnamedHost& b) {
      return std::tie(a.label, a.backend_id) < std::tie(b.label, b.backend_id);
    });
    for (std::size_t i = 1; i < group.hosts.size(); ++i) {
      if (group.hosts[i].label != group.hosts[i - 1].label) continue;
      for (std::size_t twin : {i - 1, i}) group.hosts[twin].doubt = "two servers have this name; one has to go first";
    }
    group.group = key;
    group.where = workshops[key]->where("spec.hosts");
    group.line = line_for(*workshops[key], group.hosts);
    result.push_back(std::move(group));
  }
  return result;
}

}  // namespace muster::cli
