#include "resources/openstack/stamp_metadata.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "resources/contract/error.h"

namespace muster::openstack {
namespace {

constexpr std::size_t longest_value = 255;
constexpr std::string_view digests_key = "muster-digests";

/// "image=3f2a91c04b7d,user_data=..." cut at commas into values that fit.
std::vector<std::string> digest_values(const std::map<std::string, std::string>& digests) {
  std::vector<std::string> values;
  for (const auto& [field, digest] : digests) {
    const std::string entry = field + "=" + digest;
    if (values.empty() || values.back().size() + 1 + entry.size() > longest_value) {
      values.push_back(entry);
    } else {
      values.back() += "," + entry;
    }
  }
  return values;
}

bool read_digests(std::string_view text, std::map<std::string, std::string>& digests) {
  while (!text.empty()) {
    const std::string_view entry = text.substr(0, text.find(','));
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    digests.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
  }
  return true;
}

std::optional<std::string> value_of(const Metadata& metadata, std::string_view key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  return found->second;
}

std::optional<std::int64_t> number_from(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Metadata metadata_from(const Stamp& stamp) {
  const std::string id = stamp.id.to_string();
  if (id.size() > longest_value) {
    throw Error(Fault::invalid,
                fmt::format("the id {} has {} characters; server metadata holds {}", id, id.size(), longest_value),
                "shorten the namespace or the host's name");
  }
  Metadata metadata{{"muster-fleet", stamp.fleet},
                    {"muster-id", id},
                    {"muster-incarnation", stamp.incarnation.to_string()},
                    {"muster-form", std::to_string(stamp.form)},
                    {"muster-revision", stamp.revision.to_string()},
                    {"muster-protect", stamp.protect ? "true" : "false"},
                    {"muster-until", std::to_string(stamp.until)}};
  const auto values = digest_values(stamp.digests);
  for (std::size_t i = 0; i < values.size(); ++i) {
    metadata.emplace(values.size() == 1 ? std::string(digests_key) : fmt::format("{}-{}", digests_key, i + 1),
                     values[i]);
  }
  return metadata;
}

std::optional<Stamp> stamp_from(const Metadata& metadata) {
  Stamp stamp;
  stamp.fleet = value_of(metadata, "muster-fleet").value_or("");
  const auto id = parse_resource_id(value_of(metadata, "muster-id").value_or(""));
  const auto incarnation = parse_incarnation(value_of(metadata, "muster-incarnation").value_or(""));
  const auto form = number_from(value_of(metadata, "muster-form").value_or(""));
  const auto revision = parse_revision(value_of(metadata, "muster-revision").value_or(""));
  if (stamp.fleet.empty() || !id || !incarnation || !form || !revision) return std::nullopt;
  stamp.id = *id;
  stamp.incarnation = *incarnation;
  stamp.form = static_cast<int>(*form);
  stamp.revision = *revision;
  stamp.protect = value_of(metadata, "muster-protect") == "true";
  // Anybody may have written it: what is no time of this era is none.
  constexpr std::int64_t year_10000 = 253'402'300'800;
  const std::int64_t until = number_from(value_of(metadata, "muster-until").value_or("")).value_or(0);
  stamp.until = until > 0 && until < year_10000 ? until : 0;
  for (auto entry = metadata.lower_bound(digests_key);
       entry != metadata.end() && entry->first.compare(0, digests_key.size(), digests_key) == 0; ++entry) {
    if (!read_digests(entry->second, stamp.digests)) return std::nullopt;
  }
  return stamp;
}

}  // namespace muster::openstack
