#pragma once

// The one manifest every repository has: `kind: Fleet` gives the fleet its identity and its limits.

#include <compare>
#include <map>
#include <string>
#include <string_view>

#include "resources/contract/manifest.h"
#include "resources/contract/schema.h"

namespace muster::manifests {

/// Deletes, replacements and re-creations of one kind in one run above max(count, percent of the kind) are refused.
struct GuardLimit {
  int count = 5;
  int percent = 20;
  auto operator<=>(const GuardLimit&) const = default;
};

struct Guard {
  GuardLimit common;
  /// By kind of resource: "openstack.server". Complete limits: what an entry leaves out is taken from `common`.
  std::map<std::string, GuardLimit, std::less<>> kinds;
  GuardLimit for_kind(std::string_view kind) const;
  bool operator==(const Guard&) const = default;
};

struct Fleet {
  std::string name;
  /// 32 lower-case hexadecimal digits, whichever way the manifest writes it. Empty when the Fleet is unusable.
  std::string uid;
  Guard guard;
  /// `lock: {ssh: HOST}`: where a run holds a lock beside the one of its machine; empty: nowhere.
  std::string lock_host;
  Origin origin;
};

/// Of the Fleet manifest; it is no part of the Registry.
const Schema& fleet_schema();

/// Precondition: `manifest` passed fleet_schema().
Fleet fleet_from(const Manifest& manifest);

}  // namespace muster::manifests
