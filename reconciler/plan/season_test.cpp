#include "reconciler/plan/season.h"

#include <string>

#include "reconciler/plan/fleet_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;
using muster::plan::testing::outline;
using muster::plan::testing::World;
using std::chrono::seconds;

namespace {

/// All that is wanted, from and until these times after now.
void set_season(World& world, std::optional<seconds> from, std::optional<seconds> until) {
  for (Resource& resource : world.resources) {
    if (from) resource.lifecycle.from = world.now + *from;
    if (until) resource.lifecycle.until = world.now + *until;
  }
}

}  // namespace

TEST_CASE("nothing is made before its time, and the plan says when it will be") {
  World world;
  world.host("a");
  world.record("a");
  world.check("a");
  set_season(world, seconds(1), {});
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  CHECK(plan.unknown.empty());
  REQUIRE(plan.scheduled.size() == 3);
  CHECK(plan.scheduled[1].id.to_string() == "test.host:a");
  CHECK(plan.scheduled[1].season == Season::early);
  CHECK(plan.scheduled[1].when == world.now + seconds(1));

  world.now += seconds(1);
  CHECK(outline(world.plan()) ==
        "create test.host:a\n"
        "create test.record:a needs 0 flush 3\n"
        "create test.check:a needs 0 1\n"
        "flush test.zone:zone\n");
}

TEST_CASE("what is there before its time stays, and is kept as wanted") {
  World world;
  world.add_converged("a");
  world.objects[1].attributes.as_map()["ttl"] = 300;
  set_season(world, seconds(60), {});
  CHECK(outline(world.plan()) == "update test.record:a record-a flush 1\nflush test.zone:zone\n");
}

TEST_CASE("what is over is removed, dependents first, and the guard does not count it") {
  World world;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) world.add_converged(name);
  set_season(world, {}, seconds(1));
  CHECK(outline(world.plan()).empty());

  world.now += seconds(1);
  const Plan plan = world.plan();
  CHECK(plan.steps.size() == 15);
  for (const Step& step : plan.steps) {
    if (step.verb == Verb::flush) continue;
    CHECK(step.verb == Verb::remove);
    CHECK(step.reason == "its time is over");
    CHECK_FALSE(step.dangerous);
    CHECK(step.stage > 0);
  }
  CHECK_FALSE(plan.guard.refuses());
  CHECK(plan.unchanged == 0);

  world.objects.clear();
  const Plan gone = world.plan();
  CHECK(outline(gone).empty());
  CHECK(gone.scheduled.size() == 21);
}

TEST_CASE("a protected host outlives its time, and keeps its name") {
  World world;
  world.add_converged("a");
  world.objects[0].stamp->protect = true;
  set_season(world, {}, seconds(0));
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.held.size() == 2);
  CHECK(plan.held[0].reason == "it is protected; commit `protect: false` and apply that first");
  CHECK(plan.held[1].reason == "it belongs to what stays");
}

TEST_CASE("a manifest protects its host from the end before the stamp says so") {
  World world;
  world.add_converged("a");
  world.resources[0].lifecycle.protect = Protection::on;
  set_season(world, {}, seconds(0));
  CHECK(outline(world.plan()).empty());
  world.options.goal = Goal::destroy;
  CHECK(outline(world.plan()).empty());
}

TEST_CASE("what is over and may still be there unseen is unknown") {
  World world;
  world.host("a");
  world.unread("test.host", "503 from the cloud");
  set_season(world, {}, seconds(0));
  const Plan plan = world.plan();
  CHECK(plan.scheduled.empty());
  REQUIRE(plan.unknown.size() == 1);
  CHECK(plan.unknown[0].reason == "503 from the cloud");
}

TEST_CASE("what is over goes although what it is inside of stays") {
  World world;
  world.add_converged("a");
  world.resources.pop_back();
  world.resources[1].inside = world.resources[0].id;
  world.resources[1].lifecycle.until = world.now;
  CHECK(outline(world.plan()) == "delete test.record:a record-a flush 1 stage 2\nflush test.zone:zone\n");
}

TEST_CASE("what needs something that is over, or early, waits and says for what") {
  World world;
  world.host("a").lifecycle.until = world.now;
  world.record("a");
  world.host("b").lifecycle.from = world.now + seconds(9);
  world.record("b");
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.unknown.size() == 2);
  CHECK(plan.unknown[0].reason == "it needs test.host:a, which is over");
  CHECK(plan.unknown[1].reason == "it needs test.host:b, which is not there before its time");
}

TEST_CASE("what stands before its time is not taken away for what lacks a secret to be made with") {
  World world;
  Resource& host = world.host("a");
  host.wanted.as_map()["image"] = Hole(Secret{{SecretOriginKind::env, {"UNSET"}}, {}, {}, SecretForm::clear});
  host.lifecycle.replace = ReplacePolicy::now;
  Observed& seen = world.see_host("a");
  set_season(world, seconds(60), {});
  CHECK(outline(world.plan()).empty());
  CHECK(world.plan().problems.empty());

  const auto is_left = [&](const char* why) {
    const Plan plan = world.plan();
    CHECK(outline(plan).empty());
    REQUIRE(plan.problems.size() == 1);
    CHECK(plan.problems[0].message == std::string("test.host:a cannot be made anew: ") + why +
                                          ", and a secret that it is made with cannot be read");
  };
  seen.condition = Condition::deleting;
  is_left("it is being deleted");
  seen.condition = Condition::failed;
  seen.ever_ready = false;
  seen.evidence = "no valid host";
  is_left("it failed before it was ever ready: no valid host");
  seen.condition = Condition::ready;
  world.resources[0].wanted.as_map()["size"] = "large";
  is_left("it differs from the manifest");
}

TEST_CASE("a later end that is committed a moment before the old one wins") {
  World world;
  world.add_converged("a");
  set_season(world, {}, seconds(1));
  set_season(world, {}, seconds(3'600));
  world.now += seconds(2);
  CHECK(outline(world.plan()).empty());
}
