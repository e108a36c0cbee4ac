#include "reconciler/plan/fleet_for_test.h"
#include "reconciler/plan/make_plan.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;
using muster::plan::testing::outline;
using muster::plan::testing::World;

namespace {

/// A host with a record inside of it.
World inside_world() {
  World world;
  world.add_converged("a");
  world.resources.pop_back();
  world.objects.pop_back();
  world.resources[1].inside = world.resources[0].id;
  return world;
}

}  // namespace

TEST_CASE("what is inside of something replaced is created in the new one, as it stands in its manifest") {
  World world = inside_world();
  world.resources[0].wanted.as_map()["image"] = "trixie";
  CHECK(outline(world.plan()).empty());  // held

  world.resources[0].lifecycle.replace = ReplacePolicy::now;
  SECTION("ready") {}
  SECTION("failed") { world.objects[1].condition = Condition::failed; }
  SECTION("not read") { world.objects[1].condition = Condition::unknown; }
  SECTION("not ours") { world.objects[1].ownership = Ownership::foreign; }
  SECTION("not seen, since nobody could look") {
    world.objects.pop_back();
    world.unread("test.record", "no route to host");
  }
  const Plan plan = world.plan();
  CHECK(outline(plan) ==
        "replace test.host:a new\n"
        "create test.record:a needs 0 flush 3\n"
        "replace test.host:a old host-1 needs 0 1\n"
        "flush test.zone:zone\n");
  REQUIRE(plan.steps.size() == 4);
  CHECK(plan.steps[1].reason == "test.host:a is made anew");
  CHECK(plan.problems.empty());
  CHECK(plan.unknown.empty());
}

TEST_CASE("what is inside of something that failed or is being deleted is created again with it") {
  World world = inside_world();
  SECTION("failed") {
    world.objects[0].condition = Condition::failed;
    world.objects[0].ever_ready = false;
    CHECK(outline(world.plan()) ==
          "replace test.host:a old host-1\n"
          "replace test.host:a new needs 0\n"
          "create test.record:a needs 1 flush 3\n"
          "flush test.zone:zone\n");
  }
  SECTION("being deleted") {
    world.objects[0].condition = Condition::deleting;
    CHECK(outline(world.plan()) ==
          "delete test.host:a host-1 wait\n"
          "create test.host:a needs 0\n"
          "create test.record:a needs 1 flush 3\n"
          "flush test.zone:zone\n");
  }
}

TEST_CASE("what is inside of something that is only updated or waited for stays") {
  World world = inside_world();
  SECTION("updated") { world.resources[0].wanted.as_map()["tags"] = List{"new"}; }
  SECTION("waited for") { world.objects[0].condition = Condition::progressing; }
  const Plan plan = world.plan();
  CHECK(plan.steps.size() == 1);
  CHECK(plan.steps.at(0).id == world.resources[0].id);
}

TEST_CASE("what is inside of something replaced and has not begun yet begins in the new one") {
  World world = inside_world();
  world.resources[1].lifecycle.from = world.now + std::chrono::seconds(9);
  CHECK(world.plan().scheduled.empty());  // it is there before its time, and stays

  world.resources[0].lifecycle.replace = ReplacePolicy::now;
  world.resources[0].wanted.as_map()["image"] = "trixie";
  const Plan plan = world.plan();
  CHECK(outline(plan) == "replace test.host:a new\nreplace test.host:a old host-1 needs 0\n");
  REQUIRE(plan.scheduled.size() == 1);
  CHECK(plan.scheduled[0].season == Season::early);
}
