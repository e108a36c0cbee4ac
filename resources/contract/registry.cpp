#include "resources/contract/registry.h"

#include <algorithm>
#include <utility>

#include "resources/contract/error.h"

namespace muster {
namespace {

template <typename Entry>
const Entry* find_in(const std::map<std::string, std::unique_ptr<Entry>, std::less<>>& entries, std::string_view kind) {
  const auto found = entries.find(kind);
  return found == entries.end() ? nullptr : found->second.get();
}

[[noreturn]] void refuse_twice(const std::string& kind) {
  throw Error(Fault::usage, "the kind " + kind + " is registered twice", "each kind stands once in builtin.cpp");
}

}  // namespace

void Registry::add(std::unique_ptr<Driver> driver) {
  const std::string kind = driver->schema().kind;
  if (!drivers_.emplace(kind, std::move(driver)).second) refuse_twice(kind);
  creation_order_.push_back(kind);
}

void Registry::add(std::unique_ptr<Blueprint> blueprint) {
  const std::string kind = blueprint->schema().kind;
  if (connection(kind) != nullptr || !blueprints_.emplace(kind, std::move(blueprint)).second) refuse_twice(kind);
}

void Registry::add(std::unique_ptr<ConnectionKind> added) {
  const std::string kind = added->schema().kind;
  if (blueprint(kind) != nullptr || !connections_.emplace(kind, std::move(added)).second) refuse_twice(kind);
}

const Driver* Registry::driver(std::string_view kind) const { return find_in(drivers_, kind); }
const Blueprint* Registry::blueprint(std::string_view kind) const { return find_in(blueprints_, kind); }
const ConnectionKind* Registry::connection(std::string_view kind) const { return find_in(connections_, kind); }

std::vector<std::string> Registry::manifest_kinds() const {
  std::vector<std::string> kinds;
  for (const auto& [kind, entry] : blueprints_) kinds.push_back(kind);
  for (const auto& [kind, entry] : connections_) kinds.push_back(kind);
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

std::vector<std::string> Registry::resource_kinds() const {
  std::vector<std::string> kinds;
  for (const auto& [kind, entry] : drivers_) kinds.push_back(kind);
  return kinds;
}

const Schema* Registry::manifest_schema(std::string_view kind) const {
  if (const Blueprint* found = blueprint(kind)) return &found->schema();
  if (const ConnectionKind* found = connection(kind)) return &found->schema();
  return nullptr;
}

}  // namespace muster
