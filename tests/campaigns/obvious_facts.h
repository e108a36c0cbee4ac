#pragma once

// What the obvious planner looks up, again and again.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "reconciler/plan/make_plan.h"

namespace muster::campaign {

class ObviousFacts {
 public:
  /// The inputs must outlive it.
  explicit ObviousFacts(const plan::Inputs& inputs) : inputs_(inputs) {}

  const Resource* wanted(const ResourceId& id) const;  ///< nullptr: no manifest wants it
  const Driver& driver(const std::string& kind) const;
  bool is_ours(const Observed& object) const;
  /// Each once, although two connections may show it: through the one that comes first.
  std::vector<const Observed*> seen(const ResourceId& id, bool ours) const;
  bool is_complete(const std::string& connection, const std::string& kind) const;
  /// Absence is evidence only where everything was read: wherever it may live.
  bool may_be_hidden(const Resource& resource) const;
  bool is_newer(const Observed& object) const;
  static bool is_protected(const Observed& object);
  bool is_over(const Resource& resource) const;
  bool is_early(const Resource& resource) const;
  bool destroys() const;
  bool shall_go(const ResourceId& id) const;
  /// Of a kind among those that come into being one after the other.
  std::size_t position(const std::string& kind) const;
  /// What would lead somebody to it: all that needs it, but for checks.
  std::vector<const Resource*> readers_of(const ResourceId& id) const;
  static bool refers(const Resource& reader, const ResourceId& id);
  bool can_read_readers(const Resource& resource) const;
  /// Another that is rolled would have to be through before it, or before something that needs it.
  bool is_entangled(const Resource& resource) const;
  /// Of a list, in no order.
  static std::multiset<std::string> members(const Value& value);

 private:
  const plan::Inputs& inputs_;
};

}  // namespace muster::campaign
