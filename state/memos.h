#pragma once

// "These inputs have no difference": what lets a warm plan skip the full comparison.

#include <unordered_map>
#include <vector>

#include "resources/contract/fingerprint.h"
#include "resources/contract/hash_resource_id.h"
#include "state/sqlite.h"

namespace muster::state {

/// Of what the comparison looked at: wanted value, what its refs resolve to, what was observed.
using MemoTable = std::unordered_map<ResourceId, Fingerprint, HashResourceId>;

class Memos {
 public:
  explicit Memos(Database& database);

  MemoTable load();
  /// One transaction. Only those that are new or differ from what is stored should be given: each is a write.
  void put(const MemoTable& memos);
  void erase(const std::vector<ResourceId>& ids);

 private:
  Database& database_;
  Statement upsert_, delete_, select_;
};

}  // namespace muster::state
