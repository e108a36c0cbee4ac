#include "reconciler/plan/roll.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "reconciler/plan/digests.h"
#include "reconciler/plan/fleet_for_test.h"
#include "reconciler/plan/plan_file.h"
#include "reconciler/plan/plan_match.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;
using muster::plan::testing::outline;
using muster::plan::testing::World;

namespace {

/// Hosts named a, b, c ... that shall have another image, each with a record and a check that asks its address.
World rolling(int hosts, Roll roll) {
  World world;
  for (int i = 0; i < hosts; ++i)
    world.add_converged(std::string(1, static_cast<char>('a' + i)), fmt::format("192.0.2.{}", i + 1));
  for (Resource& resource : world.resources) {
    if (resource.id.kind == "test.check") resource.needs.clear();
    if (resource.id.kind != "test.host") continue;
    resource.wanted.as_map()["image"] = "trixie";
    resource.lifecycle.replace = ReplacePolicy::roll;
    resource.lifecycle.roll = roll;
  }
  return world;
}

std::string batches(const Plan& plan) {
  std::string text;
  for (const RollPlan& roll : plan.rolls) {
    for (const auto& batch : roll.batches) {
      if (!text.empty()) text += " | ";
      for (const ResourceId& id : batch) text += id.name;
    }
  }
  return text;
}

/// What the first step of each member waits for: "a: ; b: host:a old".
std::string first_steps(const Plan& plan) {
  std::string text;
  std::set<ResourceId> told;
  for (const Step& step : plan.steps) {
    if (step.batch == 0 || !told.insert(step.id).second) continue;
    std::set<std::string> before;
    for (const std::size_t other : step.after) {
      const Step& earlier = plan.steps[other];
      const char* half = earlier.half == Half::whole ? "" : earlier.half == Half::create_new ? " new" : " old";
      before.insert(earlier.id.to_string().substr(5) + half);
    }
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", step.id.name, fmt::join(before, ", "));
  }
  return text;
}

Resource& host_of(World& world, const std::string& name) {
  return *std::find_if(world.resources.begin(), world.resources.end(), [&](const Resource& resource) {
    return resource.id == ResourceId{"test.host", name};
  });
}

}  // namespace

TEST_CASE("a roll: a new host, its check, its record, the ttl, then the old one; only then the next", "[roll]") {
  const Plan plan = rolling(2, {1, 0, 1}).plan();
  CHECK(outline(plan) ==
        "replace test.host:a new batch 1\n"
        "update test.check:a  needs 0\n"
        "update test.record:a record-a needs 0 1 flush 8\n"
        "replace test.host:a old host-1 needs 0 1 2 drains 2 60s batch 1\n"
        "replace test.host:b new after 3 batch 2\n"
        "update test.check:b  needs 4\n"
        "update test.record:b record-b needs 4 5 flush 8\n"
        "replace test.host:b old host-2 needs 4 5 6 drains 6 60s batch 2\n"
        "flush test.zone:zone\n");
  CHECK(batches(plan) == "a | b");
  REQUIRE(plan.rolls.size() == 1);
  CHECK(plan.rolls[0].drain == std::chrono::seconds(60));
  CHECK(plan.guard.dangerous == 2);
}

TEST_CASE("without a surge the old one goes first, and nobody is waited for that could still use it", "[roll]") {
  CHECK(outline(rolling(2, {1, 1, 0}).plan()) ==
        "replace test.host:a old host-1 batch 1\n"
        "replace test.host:a new needs 0 batch 1\n"
        "update test.check:a  needs 1\n"
        "update test.record:a record-a needs 1 2 flush 8\n"
        "replace test.host:b old host-2 after 0 1 2 3 batch 2\n"
        "replace test.host:b new needs 4 batch 2\n"
        "update test.check:b  needs 5\n"
        "update test.record:b record-b needs 5 6 flush 8\n"
        "flush test.zone:zone\n");
}

TEST_CASE("batches are full but for the last; more than there are is one batch", "[roll]") {
  CHECK(batches(rolling(5, {2, 0, 2}).plan()) == "ab | cd | e");
  CHECK(batches(rolling(4, {2, 0, 1}).plan()) == "ab | cd");
  CHECK(batches(rolling(3, {50, 7, 20}).plan()) == "abc");
}

TEST_CASE("the order of manifests and observations does not show in a roll", "[roll]") {
  World world = rolling(5, {2, 1, 1});
  const Plan plan = world.plan();
  std::reverse(world.resources.begin(), world.resources.end());
  std::reverse(world.objects.begin(), world.objects.end());
  CHECK(world.plan() == plan);
}

TEST_CASE("within a batch as many are under way as there are lanes", "[roll]") {
  const Plan plan = rolling(5, {5, 0, 2}).plan();
  CHECK(first_steps(plan) == "a: ; b: ; c: host:a old; d: host:b old; e: host:c old");
}

TEST_CASE("with both kinds of lanes the first goes one way and the second the other", "[roll]") {
  const Plan plan = rolling(2, {2, 1, 1}).plan();
  CHECK(first_steps(plan) == "a: ; b: ");
  const auto old_of = [&](const std::string& name) {
    return *std::find_if(plan.steps.begin(), plan.steps.end(),
                         [&](const Step& step) { return step.id.name == name && step.half == Half::remove_old; });
  };
  CHECK(old_of("a").needs.empty());
  CHECK(old_of("b").drains.size() == 1);
}

TEST_CASE("a host that does not pass its checks counts as missing and goes first", "[roll]") {
  World world = rolling(3, {1, 0, 1});
  std::erase_if(world.objects, [](const Observed& object) { return object.id == ResourceId{"test.check", "c"}; });
  CHECK(batches(world.plan()) == "c | a | b");
}

TEST_CASE("what is not there is made at once, and no other is taken away before", "[roll]") {
  World world = rolling(3, {1, 1, 0});
  std::erase_if(world.objects,
                [](const Observed& object) { return object.id.name == "b" && object.id.kind != "test.record"; });
  const Plan plan = world.plan();
  CHECK(batches(plan) == "b | a | c");
  CHECK(first_steps(plan) == "b: ; a: check:b, host:b, record:b; c: check:a, host:a new, host:a old, record:a");
}

TEST_CASE("an interrupted roll goes on: what has two objects first, what is new counts as done", "[roll]") {
  World world = rolling(4, {1, 0, 1});
  // a is through; b has its new host beside the old one, and its record points to it.
  world.objects[0] = world.see_host("a", "trixie", "192.0.2.1");
  world.objects.pop_back();
  world.see_check("a", world.objects[0]);
  const Observed fresh = world.see_host("b", "trixie", "198.51.100.2");
  world.see_check("b", fresh);
  for (Observed& object : world.objects) {
    if (object.id == ResourceId{"test.record", "b"}) object.attributes.as_map()["targets"] = List{"198.51.100.2"};
  }
  std::erase_if(world.objects, [&](const Observed& object) {
    const bool is_check = object.id.kind == "test.check" && (object.id.name == "a" || object.id.name == "b");
    return is_check && object.attributes.at("incarnation") != Value(fresh.incarnation().to_string()) &&
           object.attributes.at("incarnation") != Value(world.objects[0].incarnation().to_string());
  });

  SECTION("it is not known when the record was published: it is published again, and waited for") {
    const Plan plan = world.plan();
    CHECK(batches(plan) == "b | c | d");
    CHECK(
        outline(plan).starts_with("update test.record:b record-b flush 10\n"
                                  "delete test.host:b host-2 needs 0 drains 0 60s batch 1\n"
                                  "replace test.host:c new after 1 batch 2\n"));
  }
  SECTION("the database knows when it was published") {
    const Time at = world.now - std::chrono::seconds(40);
    const Map published{{"targets", List{"198.51.100.2"}}, {"ttl", 60}};
    world.memory.applied = [&](const ResourceId& id) -> std::optional<std::map<std::string, std::string>> {
      if (id != ResourceId{"test.record", "b"}) return std::nullopt;
      return applied_digests(world.registry().driver("test.record")->schema(), published);
    };
    world.memory.applied_at = [&](const ResourceId&) { return std::optional(at); };
    CHECK(outline(world.plan())
              .starts_with("delete test.host:b host-2 not before 1000020 batch 1\n"
                           "replace test.host:c new after 0 batch 2\n"));
  }
  SECTION("the database knows of another address only") {
    world.memory.applied = [&](const ResourceId&) {
      return std::optional(std::map<std::string, std::string>{{"targets", "another"}});
    };
    world.memory.applied_at = [&](const ResourceId&) { return std::optional(world.now); };
    CHECK(outline(world.plan()).starts_with("update test.record:b record-b flush 10\n"));
  }
}

TEST_CASE("a new one that never worked goes before the next is made", "[roll]") {
  World world = rolling(1, {1, 0, 1});
  Observed& failed = world.see_host("a", "trixie", "198.51.100.1");
  failed.condition = Condition::failed;
  failed.ever_ready = false;
  CHECK(outline(world.plan())
            .starts_with("delete test.host:a host-2\n"
                         "replace test.host:a new needs 0 batch 1\n"));
}

TEST_CASE("nothing is rolled while it cannot be told whether the names would follow", "[roll]") {
  World world = rolling(2, {1, 0, 1});
  world.unread("test.record", "the zone is silent");
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.held.size() == 2);
  CHECK(plan.held[0].reason == "test.record:a could not be read, so it could not follow: the zone is silent");
}

TEST_CASE("an old host stays while nobody can read whether its name has moved", "[roll]") {
  World world = rolling(1, {1, 0, 1});
  world.see_check("a", world.see_host("a", "trixie", "198.51.100.1"));
  std::erase_if(world.objects, [](const Observed& object) { return object.id.kind == "test.record"; });
  world.unread("test.record", "the zone is silent");
  const Plan plan = world.plan();
  CHECK(outline(plan).find("test.host") == std::string::npos);
  REQUIRE(plan.held.size() == 1);
  CHECK(plan.held[0].id == ResourceId{"test.host", "a"});
  CHECK(plan.held[0].reason == "test.record:a may still lead to the old one, and does not follow in this plan");
}

TEST_CASE("hosts that stand on each other are not rolled: neither would be through before the other", "[roll]") {
  World world = rolling(3, {1, 0, 1});
  host_of(world, "b").needs = {{"test.host", "a"}};
  const Plan plan = world.plan();
  CHECK(batches(plan) == "c");
  REQUIRE(plan.held.size() == 2);
  CHECK(plan.held[0].id.name == "a");
  CHECK(plan.held[1].id.name == "b");
  CHECK(plan.held[1].reason ==
        "it and others that are rolled depend on each other, so they cannot be replaced one after the other");
}

TEST_CASE("a protected host is no part of a roll", "[roll]") {
  World world = rolling(2, {1, 0, 1});
  host_of(world, "a").lifecycle.protect = Protection::on;
  const Plan plan = world.plan();
  CHECK(batches(plan) == "b");
  REQUIRE(plan.held.size() == 1);
  CHECK(plan.held[0].reason == "it is protected");
}

TEST_CASE("a part of a roll keeps the order of the whole", "[roll]") {
  World world = rolling(4, {1, 0, 1});
  const Plan part = world.plan_part({.only = {"test.host:a", "test.host:d"}}).plan;
  CHECK(first_steps(part) == "a: ; d: host:a old");
  CHECK(batches(part) == "a |  |  | d");
}

TEST_CASE("a roll on paper is bound to its order", "[roll]") {
  World world = rolling(2, {1, 0, 1});
  const auto with_inputs = [&](const auto& then) {
    const Snapshot seen = world.snapshot();
    then(Inputs{world.registry(), world.fleet, world.resources, seen, world.memory, world.now, world.options});
  };
  std::string paper;
  with_inputs([&](const Inputs& inputs) {
    const Plan plan = make_plan(inputs);
    paper = write_plan_file(plan_file_of(plan, plan, inputs, {}));
  });
  SECTION("nothing moved") {
    with_inputs([&](const Inputs& inputs) {
      Plan plan = make_plan(inputs);
      CHECK(match(read_plan_file(paper), plan, inputs, {}).moved.empty());
      CHECK(plan == make_plan(inputs));
    });
  }
  SECTION("b has to go first now") {
    std::erase_if(world.objects, [](const Observed& object) { return object.id == ResourceId{"test.check", "b"}; });
    with_inputs([&](const Inputs& inputs) {
      Plan plan = make_plan(inputs);
      const FileMatch found = match(read_plan_file(paper), plan, inputs, {});
      REQUIRE_FALSE(found.moved.empty());
      CHECK(plan.steps.empty());
    });
  }
  SECTION("another host has come, and goes first") {
    world.host("0", "trixie").lifecycle = host_of(world, "a").lifecycle;
    with_inputs([&](const Inputs& inputs) {
      Plan plan = make_plan(inputs);
      CHECK(match(read_plan_file(paper), plan, inputs, {}).moved.empty());
    });
  }
}
