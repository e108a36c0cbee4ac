#pragma once

// A zone that must be flushed: written, but not in effect until a flush succeeded.

#include <cstdint>
#include <string>
#include <vector>

#include "resources/contract/resource_id.h"
#include "state/sqlite.h"

namespace muster::state {

struct Debt {
  std::string connection;
  ResourceId target;  ///< Driver::flushed_by of what was written
  Time since{};       ///< the first unflushed write
  std::int64_t writes = 1;
  bool operator==(const Debt&) const = default;
};

class Debts {
 public:
  explicit Debts(Database& database);

  /// Belongs into the transaction that records the write. Adds to an open debt on the same target.
  void add(std::string_view connection, const ResourceId& target, Time now);
  /// Paid by a flush that began when the debt was as in `debt` (taken from list() before the flush began).
  /// False, and nothing settled, when there were writes since: another flush is due.
  bool settle(const Debt& debt);
  /// Sorted by connection, then target.
  std::vector<Debt> list();

 private:
  Database& database_;
  Statement add_, settle_, select_;
};

}  // namespace muster::state
