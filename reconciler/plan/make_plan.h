#pragma once

// The planner: wanted and observed in, steps out. Pure: no I/O, no clock, no randomness.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "reconciler/plan/plan.h"
#include "reconciler/plan/snapshot.h"
#include "resources/contract/hash_resource_id.h"
#include "resources/contract/registry.h"

namespace muster::plan {

/// Above max(count, percent of what exists) dangerous changes of one kind the plan is refused.
struct GuardLimit {
  int count = 5;
  int percent = 20;
};

struct FleetFacts {
  std::string name;
  std::string uid;
  Revision revision;
  GuardLimit guard;
  std::map<std::string, GuardLimit> guard_by_kind;
};

/// A create that began in an earlier run and whose end nobody saw. It is looked up for as long as its intent is open:
/// the quiet window and two complete reads that show nothing.
struct OpenCreate {
  ResourceId id;
  std::string connection{};
  Incarnation incarnation;
  Time quiet_until{};
};

/// A zone that was written and not flushed.
struct Debt {
  std::string connection;
  ResourceId target;
  auto operator<=>(const Debt&) const = default;
};

/// What earlier runs left in the database. All of it may be empty: then causes are unknown, nothing else changes.
struct Memory {
  std::vector<OpenCreate> open_creates;
  bool another_run = false;  ///< a run that goes on has begun them
  std::vector<Debt> debts;
  std::set<std::pair<std::string, ResourceId>> claims;  ///< connection, id
  /// The digests of a resource's fields as we last wrote them, nothing when it was never written. Asked only where
  /// there is a difference, by several threads at once; may be empty.
  std::function<std::optional<std::map<std::string, std::string>>(const ResourceId&)> applied;
  /// When that was, flushed as well where the kind is flushed.
  std::function<std::optional<Time>(const ResourceId&)> applied_at;
  /// Resources that were seen ready before: a create for them is a re-creation, which the guard counts.
  std::unordered_set<ResourceId, HashResourceId> known;
  std::unordered_map<ResourceId, Fingerprint, HashResourceId> memos;
};

enum class Goal {
  converge,
  destroy,  ///< the given resources shall not exist; explicitly asked for, so the guard does not apply
};

struct Options {
  Goal goal = Goal::converge;
  int allow = -1;          ///< --allow N
  bool rollback = false;   ///< may undo what a newer revision stamped
  bool partial = false;    ///< only some of the fleet's files were given: what none of them wants stays
  bool leftovers = false;  ///< destroy: also what is ours and no manifest wants any more
};

struct Inputs {
  const Registry& registry;
  const FleetFacts& fleet;
  const std::vector<Resource>&
      resources;  ///< ids are unique, refs and needs resolve, no cycles (manifests/ checks that)
  const Snapshot& snapshot;
  const Memory& memory;
  Time now;
  Options options;
};

/// Never throws for anything observed; a resource that cannot be planned is `unknown` or a problem.
Plan make_plan(const Inputs& inputs);

}  // namespace muster::plan
