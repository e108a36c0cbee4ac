#pragma once

// A small world for planner tests: three kinds that behave as the real families do, and shorthands to want and to see.

#include <string>
#include <vector>

#include "reconciler/plan/adoption.h"
#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/selection.h"

namespace muster::plan::testing {

/// test.host: coexists, create-time `image`, immutable `size`, updatable `tags`, born `address`.
/// test.record: no stamp, `targets` and `ttl` updatable, flushed by test.zone.
/// test.mark: says whose records are, flushed as they are.
/// test.check: a pure check of a host's address and incarnation.
Registry test_registry();

/// A plan that was narrowed, and how.
struct Part {
  Plan plan;
  Selected selected;
};

/// A fleet under test: what is wanted, what was seen, what is remembered.
class World {
 public:
  World();

  Resource& host(const std::string& name, const std::string& image = "debian");
  /// A record that points at host `name`.
  Resource& record(const std::string& name);
  Resource& check(const std::string& name);
  Resource& mark();

  /// What a host made from `host(name, image)` looks like.
  Observed& see_host(const std::string& name, const std::string& image = "debian",
                     const std::string& address = "192.0.2.1");
  Observed& see_record(const std::string& name, const std::string& address = "192.0.2.1");
  Observed& see_mark(const std::string& zone);
  Observed& see_check(const std::string& name, const Observed& host);
  /// A host with its record and check, wanted and seen, all as wanted.
  void add_converged(const std::string& name, const std::string& address = "192.0.2.1");
  void unread(const std::string& kind, const std::string& why);

  Plan plan() const;
  Part plan_part(const Selection& selection) const;
  std::vector<Candidate> candidates() const;
  Adoption adoption(const Examinations& examinations) const;
  Snapshot snapshot() const;
  const Registry& registry() const { return registry_; }

  std::vector<Resource> resources;
  std::vector<Observed> objects;
  std::vector<std::string> empty_connections;  ///< read completely, and nothing is there
  Memory memory;
  FleetFacts fleet;
  Options options;
  Time now{std::chrono::seconds(1'000'000)};

 private:
  Registry registry_;
  std::map<std::string, std::string> unread_;
  std::uint64_t next_ = 1;
};

/// One line per step: "create test.host:a", edges as indices behind it: " needs 0 2", " after 2", " drains 4 60s", "
/// flush 3", " stage 1", " batch 1".
std::string outline(const Plan& plan);

}  // namespace muster::plan::testing
