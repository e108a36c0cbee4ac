#pragma once

// What was last applied, field by field: tells a changed manifest from drift. Losing it only loses that distinction.

#include <map>
#include <optional>
#include <string>
#include <unordered_set>

#include "resources/contract/hash_resource_id.h"
#include "state/sqlite.h"

namespace muster::state {

struct Applied {
  ResourceId id;
  /// Top-level field -> digest of its wanted value, refs filled as they were when it was applied.
  std::map<std::string, std::string> fields;
  Time at{};
  bool operator==(const Applied&) const = default;
};

class AppliedFields {
 public:
  explicit AppliedFields(Database& database);

  void put(const Applied& applied);
  void erase(const ResourceId& id);
  std::optional<Applied> find(const ResourceId& id);
  std::unordered_set<ResourceId, HashResourceId> ids();

 private:
  Database& database_;
  Statement upsert_, delete_, find_, select_ids_;
};

}  // namespace muster::state
