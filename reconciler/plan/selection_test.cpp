#include "reconciler/plan/selection.h"

#include <fmt/format.h>

#include "reconciler/plan/fleet_for_test.h"
#include "resources/contract/error.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;
using muster::plan::testing::outline;
using muster::plan::testing::Part;
using muster::plan::testing::World;

namespace {

std::string links(const std::vector<Linked>& all) {
  std::string text;
  for (const Linked& link : all) text += link.id.to_string() + " <- " + link.because_of.to_string() + "\n";
  return text;
}

}  // namespace

TEST_CASE("a selected create takes along what it needs, and its flush", "[selection]") {
  World world;
  for (const char* name : {"a", "b"}) {
    world.host(name);
    world.record(name);
    world.check(name);
  }
  const Part part = world.plan_part({.only = {"test.record:a"}});
  CHECK(outline(part.plan) ==
        "create test.host:a\n"
        "create test.record:a needs 0 flush 2\n"
        "flush test.zone:zone\n");
  CHECK(links(part.selected.pulled_in) == "test.host:a <- test.record:a\n");
  CHECK(part.selected.left_out == 4);
  CHECK(part.plan.forecast.at("TestCloud/here") == 3);
}

TEST_CASE("a selected removal takes along what stands on it, a manifest or not", "[selection]") {
  World world;
  world.add_converged("a");
  world.add_converged("b", "192.0.2.2");
  world.options.goal = Goal::destroy;
  const std::string of_a =
      "delete test.record:a record-a flush 2\n"
      "delete test.host:a host-1 needs 0\n"
      "flush test.zone:zone\n";
  CHECK(outline(world.plan_part({.only = {"test.host:a"}}).plan) == of_a);
  CHECK(outline(world.plan_part({.except = {"b"}}).plan) == of_a);

  World gone;
  gone.see_host("a");
  gone.see_record("a");
  gone.see_host("b", "debian", "192.0.2.2");
  gone.see_record("b", "192.0.2.2");
  const Part part = gone.plan_part({.only = {"test.host:a"}});
  CHECK(outline(part.plan) ==
        "delete test.record:a record-a flush 2 stage 2\n"
        "delete test.host:a host-1 needs 0 stage 3\n"
        "flush test.zone:zone\n");
  CHECK(links(part.selected.pulled_in) == "test.record:a <- test.host:a\n");
  CHECK(part.selected.left_out == 2);
}

TEST_CASE("what is excepted keeps what it needs, a manifest or not", "[selection]") {
  World world;
  world.add_converged("a");
  world.options.goal = Goal::destroy;
  Part part = world.plan_part({.except = {"test.record:a"}});
  CHECK(outline(part.plan).empty());
  CHECK(links(part.selected.kept) == "test.host:a <- test.record:a\n");

  World gone;
  gone.see_host("a");
  gone.see_record("a");
  part = gone.plan_part({.except = {"test.record:a"}});
  CHECK(outline(part.plan).empty());
  CHECK(links(part.selected.kept) == "test.host:a <- test.record:a\n");
}

TEST_CASE("what no manifest wants any more and is excepted keeps what a manifest still wants there", "[selection]") {
  World world;
  world.host("a");
  world.see_host("a");
  world.see_record("a");
  world.options.goal = Goal::destroy;
  world.options.leftovers = true;
  const Part part = world.plan_part({.except = {"test.record:a"}});
  CHECK(outline(part.plan).empty());
  CHECK(links(part.selected.kept) == "test.host:a <- test.record:a\n");
}

TEST_CASE("what needs something excepted is left out and says so", "[selection]") {
  World world;
  world.host("a");
  world.record("a");
  world.host("b");
  const Part part = world.plan_part({.except = {"test.host:a"}});
  CHECK(outline(part.plan) == "create test.host:b\n");
  CHECK(links(part.selected.kept) == "test.record:a <- test.host:a\n");
  CHECK(part.selected.left_out == 2);
}

TEST_CASE("both halves of a replacement go together, with what has to follow it", "[selection]") {
  World world;
  world.add_converged("a");
  world.resources[0].wanted = Map{{"image", "newer"}, {"size", "small"}};
  world.resources[0].lifecycle.replace = ReplacePolicy::now;
  const std::string whole = outline(world.plan());
  CHECK(outline(world.plan_part({.only = {"test.host:a"}}).plan) == whole);
  CHECK(outline(world.plan_part({.except = {"test.record:a"}}).plan).empty());
}

TEST_CASE("the guard judges what is left of a plan", "[selection]") {
  World world;
  for (int i = 0; i < 8; ++i) world.see_host(fmt::format("gone{}", i));
  world.host("stays");
  CHECK(world.plan().guard.refuses());
  const Part part = world.plan_part({.only = {"gone1", "gone2"}});
  CHECK(!part.plan.guard.refuses());
  CHECK(part.plan.guard.dangerous == 2);
  CHECK(part.selected.left_out == 7);
}

TEST_CASE("held, unknown, problems and what is unchanged are those of the selection", "[selection]") {
  World world;
  world.add_converged("a");
  world.add_converged("b", "192.0.2.2");
  world.host("taken");
  world.see_host("taken").ownership = Ownership::foreign;
  world.see_host("kept").stamp->protect = true;
  Part part = world.plan_part({.only = {"a"}});
  CHECK(part.plan.unchanged == 3);
  CHECK(part.plan.held.empty());
  CHECK(part.plan.problems.empty());
  part = world.plan_part({.only = {"taken", "kept"}});
  CHECK(part.plan.unchanged == 0);
  CHECK(part.plan.held.size() == 1);
  CHECK(part.plan.problems.size() == 1);

  world.host("c");
  world.record("c");
  world.unread("test.record", "no route");
  CHECK(world.plan_part({.except = {"taken"}}).plan.unknown.size() == 2);
  CHECK(world.plan_part({.only = {"b"}}).plan.unknown.empty());
  CHECK(world.plan_part({.only = {"c"}}).plan.unknown.size() == 1);
}

TEST_CASE("a debt of an earlier run waits when something else is selected", "[selection]") {
  World world;
  world.add_converged("a");
  world.host("b");
  world.memory.debts = {{"TestCloud/here", {"test.zone", "zone"}}};
  CHECK(outline(world.plan_part({.only = {"b"}}).plan) == "create test.host:b\n");
  CHECK(outline(world.plan_part({.except = {"b"}}).plan) == "flush test.zone:zone resume\n");
}

TEST_CASE("selecting everything is the whole plan", "[selection]") {
  World world;
  world.add_converged("a");
  world.host("b");
  world.record("b");
  world.see_record("gone", "192.0.2.9");
  const Plan whole = world.plan();
  const Part part = world.plan_part({.only = {"*"}});
  CHECK(part.plan.steps == whole.steps);
  CHECK(part.plan == whole);
  CHECK(part.selected.left_out == 0);
}

TEST_CASE("a name that means nothing is refused, for except as for only", "[selection]") {
  World world;
  world.add_converged("anna");
  CHECK_THROWS_AS(world.plan_part({.except = {"ana"}}), Error);
  CHECK_THROWS_AS(world.plan_part({.only = {"anna"}, .except = {"bert"}}), Error);
}

TEST_CASE("a selection that leaves nothing is refused", "[selection]") {
  World world;
  world.add_converged("anna");
  world.add_converged("bert", "192.0.2.2");
  CHECK_THROWS_AS(world.plan_part({.only = {"anna"}, .except = {"anna"}}), Error);
  CHECK_THROWS_AS(world.plan_part({.except = {"*"}}), Error);
  CHECK(world.plan_part({.only = {"*"}, .except = {"anna"}}).plan.unchanged == 3);
}
