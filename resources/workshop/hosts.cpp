#include "resources/workshop/hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "resources/contract/value.h"

namespace muster::workshop {
namespace {

/// Five letters, each of the 26 equally likely; nothing when the hash has too few usable bytes (once in 10^20).
std::optional<std::string> five_letters(const std::string& seed) {
  const std::string hash = digest_bytes(seed);
  std::string name;
  for (std::size_t at = 0; at + 1 < hash.size() && name.size() < 5; at += 2) {
    unsigned byte = 0;
    std::from_chars(hash.data() + at, hash.data() + at + 2, byte, 16);
    if (byte < 234) name += static_cast<char>('a' + byte % 26);
  }
  return name.size() == 5 ? std::optional(name) : std::nullopt;
}

struct GivenName {
  std::string label;
  std::string path;
};

std::vector<GivenName> names_in(const Value& list, const std::string& path) {
  std::vector<GivenName> names;
  if (!list.is_list()) return names;
  for (std::size_t at = 0; at < list.as_list().size(); ++at) {
    const Value& name = list.as_list()[at];
    if (name.is_string()) names.push_back({name.as_string(), fmt::format("{}[{}]", path, at)});
  }
  return names;
}

std::vector<GivenName> given_names(const Value& hosts) {
  return hosts.is_list() ? names_in(hosts, "spec.hosts") : names_in(hosts.at("names"), "spec.hosts.names");
}

/// The derived names that are wanted: `count` of them, the retired ones passed over.
std::vector<std::string> unnamed_hosts(const Manifest& manifest, std::string_view name_space,
                                       std::vector<Diagnostic>& diagnostics) {
  const Value& wanted = manifest.spec.at("hosts");
  const bool has_count = wanted.is_int() || wanted.at("count").is_int();
  const bool is_known = has_count && !name_space.empty() && manifest.is_sound("spec.hosts.retire");
  const auto count = static_cast<int>(wanted.is_int() ? wanted.as_int() : wanted.int_at("count"));
  const std::vector<GivenName> retired = names_in(wanted.at("retire"), "spec.hosts.retire");
  std::vector<std::string> names;
  if (is_known) names = derived_names(name_space, count + static_cast<int>(retired.size()));
  std::set<std::string> gone;
  for (const GivenName& name : retired) {
    const Origin where = manifest.where(name.path);
    if (is_known && std::find(names.begin(), names.end(), name.label) == names.end()) {
      const std::string close = did_you_mean(name.label, names);
      diagnostics.push_back(
          {Severity::error, where,
           fmt::format("{} is none of the first {} derived names, so it cannot be retired", name.label, names.size()),
           close.empty() ? "retire takes names that muster derived; `muster list` shows them"
                         : fmt::format("did you mean \"{}\"?", close)});
    } else if (!gone.insert(name.label).second) {
      diagnostics.push_back(
          {Severity::error, where, fmt::format("the host {} is retired twice", name.label), "name it once"});
    }
  }
  std::erase_if(names, [&](const std::string& name) { return gone.contains(name); });
  names.resize(std::min(names.size(), static_cast<std::size_t>(count)));
  return names;
}

}  // namespace

std::vector<std::string> derived_names(std::string_view name_space, int count) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (int index = 0; index < count; ++index) {
    for (int attempt = 0;; ++attempt) {
      auto name = five_letters(fmt::format("muster workshop host\n{}\n{}\n{}", name_space, index, attempt));
      if (!name || !taken.insert(*name).second) continue;
      names.push_back(std::move(*name));
      break;
    }
  }
  return names;
}

std::vector<Host> hosts_of(const Manifest& manifest, std::string_view name_space,
                           std::vector<Diagnostic>& diagnostics) {
  const Value& wanted = manifest.spec.at("hosts");
  std::vector<Host> hosts;
  std::map<std::string, Origin> seen;
  const auto refuse = [&](const Origin& where, std::string message, std::string hint) {
    diagnostics.push_back({Severity::error, where, std::move(message), std::move(hint)});
  };
  for (const GivenName& given : given_names(wanted)) {
    const Origin where = manifest.where(given.path);
    if (!is_label(given.label)) {
      refuse(where, fmt::format("\"{}\" cannot be a host name", given.label),
             "a host name has 1 to 63 lower-case letters, digits and dashes, with no dash at either end");
    } else if (const auto [first, is_new] = seen.emplace(given.label, where); !is_new) {
      refuse(where, fmt::format("the host {} is listed twice", given.label),
             fmt::format("it stands at {} already", first->second.to_string()));
    } else {
      hosts.push_back({given.label, where});
    }
  }
  const std::string count_path = wanted.is_map() ? "spec.hosts.count" : "spec.hosts";
  for (const std::string& name : unnamed_hosts(manifest, name_space, diagnostics)) {
    if (const auto given = seen.find(name); given != seen.end()) {
      refuse(given->second, fmt::format("the host name {} is also that of an unnamed host of this workshop", name),
             "give this host another name: the names of unnamed hosts follow from the namespace");
    } else {
      hosts.push_back({name, manifest.where(count_path)});
    }
  }
  return hosts;
}

bool is_label(std::string_view text) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), is_inner);
}

}  // namespace muster::workshop
