#pragma once

// Wanted against observed, field by field.

#include <map>
#include <string>
#include <vector>

#include "reconciler/plan/plan.h"
#include "resources/contract/observed.h"
#include "resources/contract/resource.h"
#include "resources/contract/schema.h"

namespace muster::plan {

/// When it is over: Unix seconds; 0: never.
std::int64_t end_of(const Resource& resource);

struct Difference {
  std::vector<Change> updatable;
  std::vector<Change> immutable;    ///< observable, but the backend cannot change them in place
  std::vector<Change> create_time;  ///< known by the stamp only
  bool empty() const { return updatable.empty() && immutable.empty() && create_time.empty(); }
};

/// `wanted`: resource.wanted with the known refs filled. `applied`: digests of what we last wrote, or nullptr.
/// Unset wanted fields without default are not compared, nor are those with a secret that could not be read. A change
/// of lifecycle.protect is updatable when the object carries a stamp, one of its end where its kind stamps that.
Difference diff(const Schema& schema, const Resource& resource, const Value& wanted, const Observed& observed,
                const std::map<std::string, std::string>* applied);

}  // namespace muster::plan
