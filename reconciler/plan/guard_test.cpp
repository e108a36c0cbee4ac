#include "reconciler/plan/guard.h"

#include "reconciler/plan/fleet_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;
using muster::plan::testing::World;

TEST_CASE("mass change is refused unless the exact number is allowed") {
  World world;
  for (int i = 0; i < 30; ++i) world.see_host("h" + std::to_string(i));
  world.host("h0");
  SECTION("29 removals of 30 are too many") {
    const Plan plan = world.plan();
    REQUIRE(plan.guard.trips.size() == 1);
    CHECK(plan.guard.trips[0] == GuardTrip{"test.host", 29, 6, 30});
    CHECK(plan.guard.refuses());
    world.options.allow = 28;
    CHECK(world.plan().guard.refuses());
    world.options.allow = 29;
    CHECK_FALSE(world.plan().guard.refuses());
  }
  SECTION("six of 30 are within 20 per cent") {
    for (int i = 1; i < 24; ++i) world.host("h" + std::to_string(i));
    CHECK_FALSE(world.plan().guard.refuses());
  }
  SECTION("making vanished ones again counts as well") {
    for (int i = 1; i < 30; ++i) world.host("h" + std::to_string(i));
    world.objects.clear();
    for (const Resource& resource : world.resources) world.memory.known.insert(resource.id);
    const Plan plan = world.plan();
    CHECK(plan.guard.dangerous == 30);
    CHECK(plan.guard.refuses());
  }
}

TEST_CASE("no manifests at all is refused however little exists") {
  World world;
  world.see_host("last");
  const Plan plan = world.plan();
  CHECK(plan.guard.no_manifests);
  CHECK(plan.guard.refuses());
}

TEST_CASE("an explicit destroy is not guarded") {
  World world;
  for (int i = 0; i < 30; ++i) {
    world.host("h" + std::to_string(i));
    world.see_host("h" + std::to_string(i));
  }
  world.options.goal = Goal::destroy;
  CHECK_FALSE(world.plan().guard.refuses());
}

TEST_CASE("what was never ready counts when it is deleted, and not when it is made anew because it failed") {
  World world;
  Observed& seen = world.see_host("a");
  seen.condition = Condition::failed;
  seen.ever_ready = false;
  world.host("b");
  CHECK(world.plan().guard.dangerous == 1);
  world.host("a");
  const Plan plan = world.plan();
  CHECK(plan.steps.size() == 3);
  CHECK(plan.guard.dangerous == 0);
}

TEST_CASE("a replaced container counts once, whatever is inside") {
  World world;
  world.add_converged("a");
  world.resources[0].lifecycle.replace = ReplacePolicy::now;
  world.resources[0].wanted.as_map()["image"] = "trixie";
  world.resources[1].inside = world.resources[0].id;
  for (const Resource& resource : world.resources) world.memory.known.insert(resource.id);
  CHECK(world.plan().guard.dangerous == 1);
}
