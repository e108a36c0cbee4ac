#include "resources/ovh/names.h"

#include <fmt/format.h>

#include "resources/contract/error.h"

namespace muster::ovh {
namespace {

std::string shown(std::string_view name) { return name.empty() ? "@" : std::string(name); }
std::string meant(std::string_view name) { return name == "@" ? std::string() : fold_name(name); }

[[noreturn]] void refuse(const ResourceId& id, std::string_view form) {
  throw Error(Fault::permanent, fmt::format("{} is not named {}", id.to_string(), form),
              "this is a mistake in the blueprint that made it");
}

}  // namespace

ResourceId rrset_id(std::string_view zone, const RRsetKey& key) {
  return {std::string(rrset_kind), fmt::format("{}/{}/{}", zone, shown(key.name), key.type)};
}

ResourceId scope_id(std::string_view zone, std::string_view scope) {
  return {std::string(scope_kind), fmt::format("{}/{}", zone, shown(scope))};
}

ResourceId zone_id(std::string_view zone) { return {std::string(zone_kind), std::string(zone)}; }

RRsetName rrset_name(const ResourceId& id) {
  const std::string_view name = id.name;
  const std::size_t first = name.find('/');
  const std::size_t last = name.rfind('/');
  if (first == std::string_view::npos || first == last || last + 1 == name.size())
    refuse(id, "ovh.rrset:<zone>/<name>/<TYPE>");
  return {fold_name(name.substr(0, first)),
          {meant(name.substr(first + 1, last - first - 1)), std::string(name.substr(last + 1))}};
}

ScopeName scope_name(const ResourceId& id) {
  const std::string_view name = id.name;
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) refuse(id, "ovh.scope:<zone>/<scope>");
  return {fold_name(name.substr(0, slash)), meant(name.substr(slash + 1))};
}

std::string zone_of(const ResourceId& id) { return fold_name(std::string_view(id.name).substr(0, id.name.find('/'))); }

std::optional<std::string> needed_scope(const Resource& rrset) {
  for (const ResourceId& id : rrset.needs)
    if (id.kind == scope_kind) return scope_name(id).scope;
  return std::nullopt;
}

}  // namespace muster::ovh
