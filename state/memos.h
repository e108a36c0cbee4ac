#pragma once

// "These digests have no difference": what lets a warm plan skip the full comparison.

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "resources/contract/resource_id.h"
#include "state/sqlite.h"

namespace muster::state {

struct HashResourceId {
  std::size_t operator()(const ResourceId& id) const noexcept;
};

struct Memo {
  std::string wanted;    ///< digest of the wanted value, holes symbolic
  std::string refs;      ///< digest of the attributes its refs resolve to
  std::string observed;  ///< observation_digest of the keeper
  bool operator==(const Memo&) const = default;
};

using MemoTable = std::unordered_map<ResourceId, Memo, HashResourceId>;

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
