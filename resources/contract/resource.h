#pragma once

// What is wanted: one thing that a backend's API addresses.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/resource_id.h"
#include "resources/contract/value.h"

namespace muster {

/// Wall-clock time, UTC, whole milliseconds: what is stored and printed.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// A place in a manifest; lines and columns count from 1. Line 0: the file as a whole.
struct Origin {
  std::string file;
  int line = 0;
  int column = 0;
  std::string manifest;  ///< "Workshop/my-event"
  auto operator<=>(const Origin&) const = default;
  std::string to_string() const;  ///< file:line:column
};

/// What a difference in an immutable or create-time field leads to.
enum class ReplacePolicy {
  hold,             ///< shown, no step
  first_boot_only,  ///< create-time differences concern new objects only; immutable ones are held
  roll,             ///< replaced in batches
  now,              ///< replaced at once
};

enum class OnFailed {
  recreate,  ///< while it was never ready, at most twice in a run
  report,
  put_back,  ///< what was there before is put back (Driver::put_back), and it is reported
};

/// How ReplacePolicy::roll goes. `batch` is at least 1, and `surge` and `max_unavailable` are not both 0.
struct Roll {
  int batch = 1;            ///< that many are replaced before the checks of all of them have to be passed
  int max_unavailable = 0;  ///< so many at a time go before their successors are made
  int surge = 1;            ///< so many at a time stand beside the ones they replace
  auto operator<=>(const Roll&) const = default;
};

/// What a manifest says of protection. Unsaid: what exists keeps what its stamp says, so that a line that is lost lifts
/// nothing; a new one has none.
enum class Protection { unsaid, off, on };

struct Lifecycle {
  Protection protect = Protection::unsaid;
  ReplacePolicy replace = ReplacePolicy::hold;
  Roll roll;  ///< of ReplacePolicy::roll
  OnFailed on_failed = OnFailed::recreate;
  /// Made from `from` on, and removed from `until` on: what the planner is told the time is decides.
  std::optional<Time> from;
  std::optional<Time> until;
  auto operator<=>(const Lifecycle&) const = default;
};

/// A connection that another resource offers: log in to that server, talk to the daemon on it. `spec` is what a
/// manifest of `kind` would say; its refs ("address") are filled once `by` exists.
struct OfferedConnection {
  std::string kind;  ///< "Host"
  ResourceId by;
  Value spec;
  bool operator==(const OfferedConnection&) const = default;
};

/// How the backend is reached: one of several connection manifests (more than one: the planner places it), or an
/// offered connection, or neither when the kind needs no session.
struct ConnectionChoice {
  std::vector<std::string> candidates;  ///< "OpenStackProject/cloud"
  std::optional<OfferedConnection> offered;
  bool operator==(const ConnectionChoice&) const = default;
};

struct Resource {
  ResourceId id;
  ConnectionChoice connection;
  Value wanted;                      ///< a map by the driver's schema, defaults filled in; may have holes
  std::vector<ResourceId> needs;     ///< must have succeeded (refs in `wanted` count as needs by themselves)
  std::vector<ResourceId> follows;   ///< must have ended, well or not
  std::optional<ResourceId> inside;  ///< removing that one removes this
  Origin origin;
  Lifecycle lifecycle;
  /// How long it may take to become ready, when the manifest says so; else the driver's limit.
  std::optional<std::chrono::seconds> deadline;
  /// The group it is shown under: "Workshop/my-event".
  std::string group;
};

}  // namespace muster
