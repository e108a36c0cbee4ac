#pragma once

// Ours, but of a kind that cannot carry a stamp. Not a cache: lost with the database, a claim must be made anew.

#include <optional>
#include <string>
#include <vector>

#include "resources/contract/resource_id.h"
#include "state/sqlite.h"

namespace muster::state {

struct Claim {
  ResourceId id;
  std::string connection;
  std::string backend_id;
  Time claimed_at{};
  std::string evidence;  ///< what it was recognised by when it was claimed: a digest, a version
  bool operator==(const Claim&) const = default;
};

class Claims {
 public:
  explicit Claims(Database& database);

  /// One per id and connection; a new one replaces the old.
  void put(const Claim& claim);
  void erase(const ResourceId& id, std::string_view connection);
  std::optional<Claim> find(const ResourceId& id, std::string_view connection);
  /// Sorted by id, then connection.
  std::vector<Claim> list();

 private:
  Statement upsert_, delete_, find_, select_;
};

}  // namespace muster::state
