#pragma once

// What all the reads together saw.

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "resources/contract/observed.h"
#include "resources/contract/resource.h"

namespace muster::plan {

/// (connection, kind): the unit that is read completely or not at all. `connection` is empty for kinds without session.
struct Scope {
  std::string connection;
  std::string kind;
  auto operator<=>(const Scope&) const = default;
  std::string to_string() const { return connection.empty() ? kind : kind + " at " + connection; }
};

struct ScopeState {
  bool complete = false;
  std::string why_unknown;  ///< when not complete
  Time read_at{};           ///< when the read behind it began
  bool operator==(const ScopeState&) const = default;
};

/// Several objects of one id are normal. Objects of a scope that is not complete may be there, but their absence
/// means nothing.
struct Snapshot {
  std::multimap<ResourceId, Observed> objects;
  std::map<Scope, ScopeState> scopes;
  /// What lies in our scopes and is not ours, for the orphan tables.
  std::vector<Observed> foreign;

  bool is_complete(const Scope& scope) const;
};

}  // namespace muster::plan
