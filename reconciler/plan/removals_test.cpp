#include "reconciler/plan/removals.h"

#include <algorithm>

#include "reconciler/plan/fleet_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;
using muster::plan::testing::outline;
using muster::plan::testing::World;

TEST_CASE("what no manifest wants is removed by stages, later kinds first; foreign things stay") {
  World world;
  world.see_host("gone");
  world.see_record("gone");
  world.see_host("alien").ownership = Ownership::foreign;
  CHECK(outline(world.plan()) ==
        "delete test.record:gone record-gone flush 2 stage 2\n"
        "delete test.host:gone host-1 needs 0 stage 3\n"
        "flush test.zone:zone\n");
}

TEST_CASE("what no manifest wants waits until all that was made for it is gone, and nothing else") {
  World world;
  world.see_host("a");
  world.see_host("b", "debian", "192.0.2.2");
  world.see_record("of-a");
  world.see_record("of-b", "192.0.2.2");
  CHECK(outline(world.plan()) ==
        "delete test.record:of-a record-of-a flush 4 stage 2\n"
        "delete test.record:of-b record-of-b flush 4 stage 2\n"
        "delete test.host:a host-1 needs 0 stage 3\n"
        "delete test.host:b host-2 needs 1 stage 3\n"
        "flush test.zone:zone\n");
}

TEST_CASE("what no manifest wants stays while what was made for it cannot be read") {
  World world;
  world.see_host("a");
  world.see_host("b", "debian", "192.0.2.2");
  Observed& record = world.see_record("of-a");
  record.connection = "elsewhere";
  record.condition = Condition::unknown;
  record.evidence = "HTTP 500";
  const Plan plan = world.plan();
  CHECK(outline(plan) == "delete test.host:b host-2 stage 3\n");
  const auto unknown = std::find_if(plan.unknown.begin(), plan.unknown.end(),
                                    [](const Unknown& one) { return one.id.kind == "test.host"; });
  REQUIRE(unknown != plan.unknown.end());
  CHECK(unknown->reason == "test.record:of-a was made for it and could not be read: HTTP 500");
}

TEST_CASE("where a newer revision was applied nothing is unwanted, and the same where ours is not known") {
  World world;
  world.fleet.revision = {100, "old"};
  world.see_host("of-old").stamp->revision = {100, "old"};
  world.see_host("of-new").stamp->revision = {200, "new"};
  Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.held.size() == 2);
  CHECK(plan.held[0].reason == "a newer revision (200-new) made it; --rollback removes it");
  CHECK(plan.held[1].reason == "a newer revision (200-new) was applied since; --rollback removes it");
  world.fleet.revision = {};
  plan = world.plan();
  CHECK(outline(plan).empty());
  CHECK(plan.held[0].reason ==
        "revision 200-new made it, and which one these manifests are git does not tell; --rollback removes it");
  world.options.rollback = true;
  CHECK_FALSE(outline(world.plan()).empty());
}

TEST_CASE("a protected object outlives its manifest") {
  World world;
  world.see_host("kept").stamp->protect = true;
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.held.size() == 1);
  CHECK(plan.held[0].reason ==
        "it is protected; want it again with `protect: false`, apply that, and only then take it out");
}

TEST_CASE("what was made for a protected object outlives its manifest too, and the mark where it lies") {
  World world;
  world.see_host("kept", "debian", "192.0.2.1").stamp->protect = true;
  world.see_record("kept", "192.0.2.1").attributes.as_map()["zone"] = "zone";
  world.see_record("other", "192.0.2.2").attributes.as_map()["zone"] = "zone";
  world.see_mark("zone");
  world.see_mark("elsewhere");
  const Plan plan = world.plan();
  CHECK(outline(plan) ==
        "delete test.record:other record-other flush 2 stage 2\n"
        "delete test.mark:elsewhere mark-elsewhere flush 2 stage 4\n"
        "flush test.zone:zone\n");
  std::string held;
  for (const Held& one : plan.held) held += one.id.to_string() + ": " + one.reason + "\n";
  CHECK(held ==
        "test.host:kept: it is protected; want it again with `protect: false`, apply that, and only then take it out\n"
        "test.mark:zone: it belongs to what stays\n"
        "test.record:kept: it belongs to what stays\n");
}

TEST_CASE("destroy removes in reverse dependency order and only what is given") {
  World world;
  world.add_converged("a");
  world.see_host("b");
  world.options.goal = Goal::destroy;
  CHECK(outline(world.plan()) ==
        "delete test.record:a record-a flush 2\n"
        "delete test.host:a host-1 needs 0\n"
        "flush test.zone:zone\n");
}

TEST_CASE("destroying a whole fleet takes leftovers along") {
  World world;
  world.add_converged("a");
  world.see_record("b");
  world.options.goal = Goal::destroy;
  world.options.leftovers = true;
  CHECK(outline(world.plan()) ==
        "delete test.record:b record-b flush 3 stage 2\n"
        "delete test.record:a record-a flush 3 stage 2\n"
        "delete test.host:a host-1 needs 1 stage 3\n"
        "flush test.zone:zone\n");
}

TEST_CASE("destroy says what it could not look at") {
  World world;
  world.host("a");
  world.unread("test.host", "no route");
  world.options.goal = Goal::destroy;
  const Plan plan = world.plan();
  REQUIRE(plan.unknown.size() == 1);
  CHECK(plan.unknown[0].reason == "no route");
}

TEST_CASE("nothing is removed while what stands on it could not be read") {
  World world;
  world.unread("test.record", "the zone is silent");
  SECTION("of a removed manifest") { world.see_host("a"); }
  SECTION("of one to be destroyed") {
    world.host("a");
    world.record("a");
    world.see_host("a");
    world.options.goal = Goal::destroy;
  }
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  CHECK_FALSE(plan.unknown.empty());
}

TEST_CASE("a mark stays while something where it stands could not be read") {
  World world;
  Observed& record = world.see_record("gone");
  record.attributes.as_map()["zone"] = "zone";
  record.condition = Condition::unknown;
  record.evidence = "the zone is silent";
  world.see_mark("zone");
  world.see_mark("elsewhere");
  const Plan plan = world.plan();
  CHECK(outline(plan) ==
        "delete test.mark:elsewhere mark-elsewhere flush 1 stage 4\n"
        "flush test.zone:zone\n");
  std::string unknown;
  for (const Unknown& one : plan.unknown) unknown += one.id.to_string() + ": " + one.reason + "\n";
  CHECK(unknown ==
        "test.mark:zone: test.record:gone may need it and could not be read: the zone is silent\n"
        "test.record:gone: the zone is silent\n");
}

TEST_CASE("a mark stays while something that nobody wants any more may still appear where it stands") {
  World world;
  world.see_mark("zone");
  world.memory.open_creates.push_back(
      {{"test.record", "gone"}, "TestCloud/here", {77}, world.now + std::chrono::seconds(50)});
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.unknown.size() == 1);
  CHECK(plan.unknown[0].id.to_string() == "test.mark:zone");
  CHECK(plan.unknown[0].reason == "an earlier create of test.record:gone got no clear answer and may still appear");
  SECTION("until its time is over") {
    world.memory.open_creates.back().quiet_until = world.now;
    CHECK(world.plan().steps.size() == 2);
  }
  SECTION("not while it lies elsewhere") {
    world.memory.open_creates.back().connection = "TestCloud/there";
    CHECK(world.plan().steps.size() == 2);
  }
}

TEST_CASE("what could not be read keeps all that it stands on, however far down") {
  World world;
  world.mark();
  world.host("a").needs = {{"test.mark", "zone"}};
  world.record("a");
  world.see_mark("zone");
  world.see_host("a");
  world.see_record("a").condition = Condition::unknown;
  world.options.goal = Goal::destroy;
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.unknown.size() == 3);
  CHECK(plan.unknown[0].reason == "test.record:a needs it and could not be read: ");
}

TEST_CASE("destroy looks up what may still appear, to remove it, and what that stands on waits for it") {
  World world;
  world.host("a");
  world.record("a");
  world.see_host("a");
  world.options.goal = Goal::destroy;
  world.memory.open_creates.push_back(
      {{"test.record", "a"}, "TestCloud/here", {77}, world.now + std::chrono::seconds(50)});
  SECTION("it may still appear") {
    const Plan plan = world.plan();
    CHECK(outline(plan) ==
          "delete test.record:a look-up flush 2\n"
          "delete test.host:a host-1 needs 0\n"
          "flush test.zone:zone\n");
    CHECK(plan.steps[0].incarnation.bits == 77);
    CHECK(plan.steps[0].quiet_until == world.now + std::chrono::seconds(50));
    CHECK(plan.unknown.empty());
  }
  SECTION("its time is over") {
    world.memory.open_creates.back().quiet_until = world.now;
    CHECK(world.plan().steps.size() == 1);
  }
  SECTION("another run may still be at it") {
    world.memory.another_run = true;
    const Plan plan = world.plan();
    REQUIRE(plan.unknown.size() == 1);
    CHECK(plan.unknown[0].reason == "another run has begun to create it; destroy when that has ended");
  }
  SECTION("it is protected") {
    world.resources.back().lifecycle.protect = Protection::on;
    const Plan plan = world.plan();
    REQUIRE(plan.unknown.size() == 1);
    CHECK(plan.unknown[0].reason == "an earlier create got no clear answer and it may still appear; it is protected");
  }
}

TEST_CASE("given single files, what they do not mention stays") {
  World world;
  world.host("a");
  world.see_host("a");
  world.see_host("b");
  world.options.partial = true;
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.held.size() == 1);
  CHECK(plan.held[0].reason == "only some files were given; name the whole directory to delete it");
}

TEST_CASE("leftovers of a kind stay while wanted ones of it could not be read") {
  World world;
  world.host("a");
  world.see_host("a");
  world.record("a");
  Observed unreadable = world.see_record("a");
  world.objects.back().condition = Condition::unknown;
  world.objects.back().evidence = "This service does not exist";
  world.see_record("old");
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  CHECK(plan.unknown.size() == 2);
}

TEST_CASE("destroy leaves a protected host its name") {
  World world;
  for (const char* name : {"a", "b"}) {
    world.host(name);
    world.record(name);
    world.see_host(name);
    world.see_record(name);
  }
  world.objects[0].stamp->protect = true;
  world.options.goal = Goal::destroy;
  const Plan plan = world.plan();
  CHECK(outline(plan) ==
        "delete test.record:b record-b flush 2\n"
        "delete test.host:b host-2 needs 0\n"
        "flush test.zone:zone\n");
  CHECK(plan.held.size() == 2);
}
