#pragma once

// What a read saw.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/resource.h"
#include "resources/contract/resource_id.h"
#include "resources/contract/value.h"

namespace muster {

enum class Condition {
  incomplete,   ///< a create began and did not finish; create with the same incarnation resumes it
  progressing,  ///< the backend works on it
  ready,
  failed,
  deleting,
  unknown,
};
std::string_view to_string(Condition condition);
/// Throws Error(invalid) on another word.
Condition condition_from(std::string_view text);

/// 64 random bits per create, committed before the call and part of the stamp. Zero: none.
struct Incarnation {
  std::uint64_t bits = 0;
  auto operator<=>(const Incarnation&) const = default;
  explicit operator bool() const { return bits != 0; }
  std::string to_string() const;  ///< 16 hex digits
};
std::optional<Incarnation> parse_incarnation(std::string_view text);

/// Which manifests an object was made from: the fence between two machines. Commit time, then id; zero: not in Git.
struct Revision {
  std::int64_t time = 0;  ///< Unix seconds
  std::string id;         ///< abbreviated commit
  auto operator<=>(const Revision&) const = default;
  std::string to_string() const;  ///< "1700000000-3f2a91c", or "0-"
};
std::optional<Revision> parse_revision(std::string_view text);

/// The form in which field digests are written today; older ones stay comparable in their own form.
inline constexpr int stamp_form = 1;

/// What we write onto the remote object itself, inside the create call.
struct Stamp {
  std::string fleet{};  ///< the fleet's uid
  ResourceId id{};
  Incarnation incarnation{};
  int form = stamp_form;
  /// Create-time fields that are set and differ from their default: name -> 12 hex digits.
  std::map<std::string, std::string> digests{};
  Revision revision{};
  bool protect = false;
  std::int64_t until = 0;  ///< Unix seconds at which it is over, as was known when it was stamped; 0: it has no end
  bool operator==(const Stamp&) const = default;
};

/// Whose the object is. Only `ours` may be changed or removed.
enum class Ownership {
  ours,       ///< it carries our stamp, or stands where only we write
  claimable,  ///< its kind cannot carry a stamp; ours if the database holds a claim on it
  foreign,    ///< it has an id we want but is not ours: a conflict
};
std::string_view to_string(Ownership ownership);
Ownership ownership_from(std::string_view text);

struct Observed {
  ResourceId id;
  std::string connection;  ///< "OpenStackProject/cloud"; filled in by the engine
  std::string backend_id;
  Ownership ownership = Ownership::foreign;
  std::optional<Stamp> stamp;
  Value attributes;  ///< a map in the schema's canonical shape, computed fields included; never a hole
  Condition condition = Condition::unknown;
  Time since{};    ///< when it came into this condition, as far as the backend tells; else when we first saw it
  Time created{};  ///< by the backend's clock; zero: not told
  bool ever_ready = false;  ///< the backend tells that it was ready at least once
  std::string evidence;     ///< the backend's words for the condition: a fault text, a status
  bool operator==(const Observed&) const = default;

  Incarnation incarnation() const { return stamp ? stamp->incarnation : Incarnation{}; }
};

}  // namespace muster
