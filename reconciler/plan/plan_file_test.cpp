#include "reconciler/plan/plan_file.h"

#include <fmt/format.h>

#include "reconciler/plan/fleet_for_test.h"
#include "reconciler/plan/plan_match.h"
#include "resources/contract/error.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;
using muster::plan::testing::outline;
using muster::plan::testing::World;

namespace {

PlanFile on_paper(const World& world, const Selection& selection = {}) {
  const Snapshot seen = world.snapshot();
  const Inputs inputs{world.registry(), world.fleet, world.resources, seen, world.memory, world.now, world.options};
  const Plan whole = make_plan(inputs);
  Plan part = whole;
  if (!selection.empty()) select(part, inputs, {}, selection);
  return plan_file_of(part, whole, inputs, selection);
}

struct Outcome {
  Plan plan;
  FileMatch match;
  std::string text;  ///< of what moved
};

Outcome carry(const PlanFile& file, const World& world) {
  const Snapshot seen = world.snapshot();
  const Inputs inputs{world.registry(), world.fleet, world.resources, seen, world.memory, world.now, world.options};
  Outcome outcome{make_plan(inputs), {}, {}};
  outcome.match = match(file, outcome.plan, inputs, {});
  for (const Moved& moved : outcome.match.moved)
    outcome.text += fmt::format("{} {}: {}\n", to_string(moved.verb), moved.id.to_string(), moved.what);
  return outcome;
}

World fleet_of_two() {
  World world;
  for (const char* name : {"a", "b"}) {
    world.host(name);
    world.record(name);
    world.check(name);
  }
  return world;
}

std::string refusal(const std::string& text) {
  try {
    read_plan_file(text);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::invalid);
    return error.message();
  }
  return "";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("a plan file is read as it was written, and equal plans give equal bytes but for the header", "[plan_file]") {
  PlanFile file = on_paper(fleet_of_two(), {.only = {"a"}});
  file.id = "00112233445566aa";
  file.written = "2025-01-31T10:00:00Z";
  const std::string text = write_plan_file(file);
  const PlanFile again = read_plan_file(text);
  CHECK(again.steps == file.steps);
  CHECK(again.selection == file.selection);
  CHECK(again.fleet_digest == file.fleet_digest);
  CHECK(again.id == file.id);
  CHECK(again.allow == -1);

  PlanFile other = on_paper(fleet_of_two(), {.only = {"a"}});
  other.id = "ffffffffffffffff";
  const std::string other_text = write_plan_file(other);
  CHECK(text.substr(text.find('\n')) == other_text.substr(other_text.find('\n')));
}

TEST_CASE("no value is in a plan file", "[plan_file]") {
  World world;
  world.add_converged("a", "192.0.2.77");
  world.resources[1].wanted.as_map()["ttl"] = 31337;
  world.host("b", "an-image-name").wanted.as_map()["size"] = Hole(Secret{{}, "not-a-real-digest", {}, {}});
  world.see_record("gone", "192.0.2.78");
  const std::string text = write_plan_file(on_paper(world));
  for (const char* value : {"192.0.2.7", "31337", "an-image-name", "not-a-real-digest", "\"debian\"", "f1\""})
    CHECK(text.find(value) == std::string::npos);
  CHECK(text.find("\"id\":\"test.record:gone\"") != std::string::npos);
}

TEST_CASE("the salt is the fleet's: the same plan of another fleet has other digests", "[plan_file]") {
  World world = fleet_of_two();
  const PlanFile ours = on_paper(world);
  world.fleet.uid = "f2";
  const PlanFile theirs = on_paper(world);
  CHECK(ours.fleet_digest != theirs.fleet_digest);
  CHECK(ours.steps.at(0).fields.at("image") != theirs.steps.at(0).fields.at("image"));
}

TEST_CASE("a file that nothing has moved under is the plan, and no more than it", "[plan_file]") {
  World world = fleet_of_two();
  const PlanFile file = on_paper(world);
  CHECK(outline(carry(file, world).plan) == outline(world.plan()));
  world.host("late");
  const Outcome outcome = carry(file, world);
  CHECK(outcome.text.empty());
  REQUIRE(outcome.match.also_pending.size() == 1);
  CHECK(outcome.match.also_pending[0].id.name == "late");
  CHECK(outline(outcome.plan).find("late") == std::string::npos);
}

TEST_CASE("what the file's selection left out is no news", "[plan_file]") {
  World world = fleet_of_two();
  const PlanFile file = on_paper(world, {.only = {"a"}});
  const Outcome outcome = carry(file, world);
  CHECK(outcome.text.empty());
  CHECK(outcome.match.also_pending.empty());
  CHECK(outcome.match.left_out == 3);
  CHECK(outcome.plan.steps.size() == 4);
}

TEST_CASE("a step that moved is named with its field and who moved it, and nothing is left to run", "[plan_file]") {
  World world;
  world.add_converged("a");
  world.resources[1].wanted.as_map()["ttl"] = 120;
  world.host("new");
  const PlanFile file = on_paper(world);
  REQUIRE(carry(file, world).text.empty());

  SECTION("the manifest, of an update") {
    world.resources[1].wanted.as_map()["ttl"] = 300;
    CHECK(carry(file, world).text == "update test.record:a: ttl: the manifest moved\n");
  }
  SECTION("the manifest, back to what is there") {
    world.resources[1].wanted.as_map()["ttl"] = 60;
    CHECK(carry(file, world).text == "update test.record:a: ttl: the manifest moved\n");
  }
  SECTION("the world, under an update") {
    world.objects[1].attributes.as_map()["ttl"] = 90;
    CHECK(carry(file, world).text == "update test.record:a: ttl: the world moved\n");
  }
  SECTION("another field of the same resource") {
    world.objects[1].attributes.as_map()["targets"] = List{"192.0.2.99"};
    CHECK(carry(file, world).text.starts_with("update test.record:a: targets: "));
  }
  SECTION("somebody has done it") {
    world.objects[1].attributes.as_map()["ttl"] = 120;
    CHECK(carry(file, world).text == "update test.record:a: already done\n");
    CHECK(!carry(file, world).match.all_done);
  }
  SECTION("its object is gone") {
    world.objects.erase(world.objects.begin() + 1);
    CHECK(carry(file, world).text == "update test.record:a: it is gone\n");
  }
  SECTION("another object has its place") {
    world.objects[1].backend_id = "record-b";
    CHECK(carry(file, world).text == "update test.record:a: it is another object now\n");
  }
  SECTION("the manifest, of a create") {
    world.resources.back().wanted.as_map()["image"] = "newer";
    CHECK(carry(file, world).text == "create test.host:new: image: the manifest moved\n");
  }
  SECTION("nothing wants it any more") {
    world.resources.pop_back();
    CHECK(carry(file, world).text == "create test.host:new: the manifest moved: nothing wants it any more\n");
  }
  SECTION("it cannot be read") {
    world.unread("test.host", "no route");
    CHECK(carry(file, world).text == "create test.host:new: it is unknown now: no route\n");
  }
  CHECK(carry(file, world).plan.steps.empty());
}

TEST_CASE("what a new address would change is a move, although the manifest says the same", "[plan_file]") {
  World world;
  world.add_converged("a");
  world.objects.erase(world.objects.begin() + 1);
  const PlanFile file = on_paper(world);
  REQUIRE(file.steps.at(0).verb == Verb::create);
  world.objects[0].attributes.as_map()["address"] = "192.0.2.50";
  CHECK(carry(file, world).text.find("test.record:a: targets: what it refers to moved") != std::string::npos);
}

TEST_CASE("what steers a create and is never compared again is part of what was reviewed", "[plan_file]") {
  World world = fleet_of_two();
  const PlanFile file = on_paper(world);
  for (Resource& resource : world.resources)
    if (resource.id == ResourceId{"test.host", "a"}) resource.lifecycle.on_failed = OnFailed::report;
  const Outcome outcome = carry(file, world);
  CHECK(outcome.plan.steps.empty());
  CHECK(outcome.text.find("create test.host:a: ") != std::string::npos);
  CHECK(outcome.text.find("lifecycle") != std::string::npos);
}

TEST_CASE("needs that changed are a move", "[plan_file]") {
  World world;
  world.add_converged("a");
  world.resources[1].wanted.as_map()["ttl"] = 120;
  const PlanFile file = on_paper(world);
  world.objects.erase(world.objects.begin());
  const std::string text = carry(file, world).text;
  CHECK(text.find("it also needs now: create test.host:a") != std::string::npos);
}

TEST_CASE("a file that is done already says so", "[plan_file]") {
  World world;
  world.host("a");
  world.see_host("gone");
  const PlanFile file = on_paper(world);
  REQUIRE(file.steps.size() == 2);
  world.objects.clear();
  world.see_host("a");
  const Outcome outcome = carry(file, world);
  CHECK(outcome.match.all_done);
  CHECK(outcome.text == "create test.host:a: already done\ndelete test.host:gone: it is gone already\n");
}

TEST_CASE("a removal is of this very object", "[plan_file]") {
  World world;
  world.see_host("gone");
  const PlanFile file = on_paper(world);
  world.objects.clear();
  world.see_host("gone");
  CHECK(carry(file, world).text == "delete test.host:gone: it is another object now\n");
  world.host("gone");
  CHECK(carry(file, world).text == "delete test.host:gone: a manifest wants it again\n");
}

TEST_CASE("the guard judges a plan file by the number it was allowed", "[plan_file]") {
  World world;
  for (int i = 0; i < 8; ++i) world.see_host(fmt::format("gone{}", i));
  world.host("stays");
  world.options.allow = 8;
  const PlanFile file = on_paper(world);
  CHECK(file.allow == 8);
  CHECK(!carry(file, world).plan.guard.refuses());
  world.options.allow = -1;
  CHECK(carry(file, world).plan.guard.refuses());
}

TEST_CASE("what is no plan file, or no longer one, is refused in words", "[plan_file]") {
  const std::string good = write_plan_file(on_paper(fleet_of_two()));
  CHECK(refusal(good).empty());
  CHECK(refusal("").starts_with("it is damaged, or no plan file at all: no JSON at byte "));
  CHECK(refusal(good.substr(0, good.size() / 2)).starts_with("it is damaged, or no plan file"));
  CHECK(refusal("{}") == "it is no plan file of muster");
  CHECK(refusal("[1]") == "it is no plan file of muster");
  CHECK(refusal(R"({"format": "muster-plan", "version": )" + std::string(1 << 20, '[')) ==
        "it nests deeper than a plan file does");
  CHECK(refusal(replaced(good, "\"version\":1", "\"version\":2")) ==
        "it is a plan file of version 2; this muster reads version 1");
  const std::string changed = "it was changed after muster wrote it: its digest does not fit";
  CHECK(refusal(replaced(good, "test.host:a", "test.host:x")) == changed);
  CHECK(refusal(replaced(good, "\"rollback\":false", "\"rollback\":true")) == changed);
  CHECK(refusal(replaced(good, "\"fleet\"", "\"flet\"")) == "it is damaged: key 'fleet' not found");
}

TEST_CASE("reformatting a plan file does not damage it", "[plan_file]") {
  std::string text = write_plan_file(on_paper(fleet_of_two()));
  for (std::size_t at = 0; (at = text.find(",\"verb\"", at)) != std::string::npos; at += 10)
    text.insert(at + 1, "\n   ");
  CHECK(read_plan_file(text).steps.size() == 7);
}

TEST_CASE("a file that is done is done although other writes need the same flush", "[plan_file]") {
  World world;
  world.add_converged("a");
  world.resources[1].wanted.as_map()["ttl"] = 120;
  const PlanFile file = on_paper(world);
  world.objects[1].attributes.as_map()["ttl"] = 120;
  CHECK(carry(file, world).match.all_done);
  world.add_converged("b", "192.0.2.2");
  world.resources[4].wanted.as_map()["ttl"] = 120;
  const Outcome outcome = carry(file, world);
  CHECK(outcome.match.all_done);
  CHECK(outcome.plan.steps.empty());
  REQUIRE(outcome.match.also_pending.size() == 1);
  CHECK(outcome.match.also_pending[0].id.to_string() == "test.record:b");
}
