#include "reconciler/plan/make_plan.h"

#include <algorithm>

#include "reconciler/plan/fleet_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;
using muster::plan::testing::outline;
using muster::plan::testing::World;

TEST_CASE("an empty world leads to creates in dependency order, flushes last") {
  World world;
  world.check("a");
  world.record("a");
  world.host("a");
  CHECK(outline(world.plan()) ==
        "create test.host:a\n"
        "create test.record:a needs 0 flush 3\n"
        "create test.check:a needs 0 1\n"
        "flush test.zone:zone\n");
}

TEST_CASE("a converged world leads to no step, and to a memo for each resource") {
  World world;
  world.add_converged("a");
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  CHECK(plan.unchanged == 3);
  CHECK(plan.new_memos.size() == 3);
}

TEST_CASE("with and without memos plans are equal") {
  World world;
  world.add_converged("a");
  world.add_converged("b");
  Plan without = world.plan();
  for (const Memo& memo : without.new_memos) world.memory.memos.emplace(memo.id, memo.inputs);
  const Plan with = world.plan();
  CHECK(with.new_memos.empty());
  without.new_memos.clear();
  CHECK(with == without);

  world.objects[1].attributes.as_map()["ttl"] = 300;
  const Plan drifted = world.plan();
  CHECK(outline(drifted) == "update test.record:a record-a flush 1\nflush test.zone:zone\n");
}

TEST_CASE("the order of manifests and of observations does not show in the plan") {
  World world;
  for (const char* name : {"c", "a", "b"}) {
    world.host(name);
    world.record(name);
  }
  world.see_host("b", "other");
  world.see_record("z");
  const Plan plan = world.plan();
  std::reverse(world.resources.begin(), world.resources.end());
  std::reverse(world.objects.begin(), world.objects.end());
  CHECK(world.plan() == plan);
}

TEST_CASE("a scope that could not be read gets no step, and what needs it is unknown with it") {
  World world;
  world.host("a");
  world.record("a");
  world.unread("test.host", "503 from the cloud");
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.unknown.size() == 2);
  CHECK(plan.unknown[0].reason == "503 from the cloud");
  CHECK(plan.unknown[1].reason == "it needs test.host:a, which is unknown");
}

TEST_CASE("an object seen in an incomplete scope is planned, one that is missing there is not") {
  World world;
  world.add_converged("a");
  world.host("b");
  world.unread("test.host", "page 2 failed");
  world.objects[1].attributes.as_map()["ttl"] = 300;
  const Plan plan = world.plan();
  CHECK(outline(plan) == "update test.record:a record-a flush 1\nflush test.zone:zone\n");
  REQUIRE(plan.unknown.size() == 1);
  CHECK(plan.unknown[0].id.to_string() == "test.host:b");
}

TEST_CASE("an object of the same id that is not ours is a problem and is never touched") {
  World world;
  world.host("a");
  world.see_host("a").ownership = Ownership::foreign;
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].message == "test.host:a exists already and is not ours (host-1)");
}

TEST_CASE("several objects of one id that are not ours are told at once, and none can be adopted") {
  World world;
  world.host("a");
  world.see_host("a").ownership = Ownership::foreign;
  world.see_host("a").ownership = Ownership::foreign;
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].message == "test.host:a exists already, 2 of that name, and none is ours (host-1; host-2)");
  CHECK(plan.problems[0].hint.find("only when it is the only one of its name") != std::string::npos);
}

TEST_CASE("of several things that will not come the reason names the first, in whatever order they are written") {
  World world;
  world.host("b");
  world.host("a");
  world.record("a").wanted.as_map()["targets"] =
      List{Hole{Ref{{"test.host", "b"}, "address"}}, Hole{Ref{{"test.host", "a"}, "address"}}};
  world.unread("test.host", "503");
  for (int order = 0; order < 2; ++order) {
    const Plan plan = world.plan();
    REQUIRE(plan.unknown.size() == 3);
    CHECK(plan.unknown[2].reason == "it needs test.host:a, which is unknown");
    std::reverse(world.resources.begin(), world.resources.end());
  }
}

TEST_CASE("strangers of one id, and flushes of one target, are told in the same order always") {
  World world;
  world.host("a");
  world.see_host("a").ownership = Ownership::foreign;
  world.see_host("a").ownership = Ownership::foreign;
  world.memory.debts = {{"TestCloud/two", {"test.zone", "zone"}}, {"TestCloud/one", {"test.zone", "zone"}}};
  const Plan plan = world.plan();
  CHECK(plan.steps.at(0).connection == "TestCloud/one");
  std::reverse(world.objects.begin(), world.objects.end());
  std::reverse(world.memory.debts.begin(), world.memory.debts.end());
  CHECK(world.plan() == plan);
}

TEST_CASE("a thing seen through two connections is removed through the first of them") {
  World world;
  Observed copy = world.see_host("a");
  copy.connection = "TestCloud/other";
  world.objects.push_back(copy);
  const Plan plan = world.plan();
  CHECK(plan.steps.at(0).connection == "TestCloud/here");
  std::reverse(world.objects.begin(), world.objects.end());
  CHECK(world.plan() == plan);
}

TEST_CASE("what is held is not as it should be") {
  World world;
  world.add_converged("a");
  world.resources[0].wanted.as_map()["image"] = "another";
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.held.size() == 1);
  CHECK(plan.unchanged == 2);
  CHECK(world.plan_part({.only = {"*"}}).plan.unchanged == 2);
}

TEST_CASE("lifting protection is an update of the stamp") {
  World world;
  world.host("a").lifecycle.protect = Protection::off;
  world.see_host("a").stamp->protect = true;
  const Plan plan = world.plan();
  CHECK(outline(plan) == "update test.host:a host-1\n");
  CHECK(plan.steps[0].changes[0].field == "lifecycle.protect");
}

TEST_CASE("a manifest that says nothing of protection any more lifts none") {
  World world;
  world.host("a");
  world.see_host("a").stamp->protect = true;
  CHECK(outline(world.plan()).empty());
  world.options.goal = Goal::destroy;
  const Plan destroyed = world.plan();
  CHECK(outline(destroyed).empty());
  REQUIRE(destroyed.held.size() == 1);
  CHECK(destroyed.held[0].reason == "it is protected; commit `protect: false` and apply that first");
}

TEST_CASE("by default a difference that needs a new object is held, with its field and cause") {
  World world;
  world.host("a", "trixie");
  world.see_host("a", "bookworm");
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.held.size() == 1);
  CHECK(plan.held[0].reason == "only a new one can have it, and its replace policy is hold");
  REQUIRE(plan.held[0].changes.size() == 1);
  CHECK(plan.held[0].changes[0].field == "image");
  CHECK(plan.held[0].changes[0].cause == Cause::manifest);
}

TEST_CASE("first-boot-only keeps create-time differences for new ones") {
  World world;
  world.host("a", "trixie").lifecycle.replace = ReplacePolicy::first_boot_only;
  world.see_host("a", "bookworm");
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  CHECK(plan.held[0].reason == "it concerns new ones only (replace: first-boot-only)");
}

TEST_CASE("replace now makes the new one first; the old one goes when everything uses the new one") {
  World world;
  world.add_converged("a");
  world.resources[0].lifecycle.replace = ReplacePolicy::now;
  world.resources[0].wanted.as_map()["image"] = "trixie";
  const Plan plan = world.plan();
  CHECK(outline(plan) ==
        "replace test.host:a new\n"
        "update test.record:a record-a needs 0 flush 4\n"
        "update test.check:a  needs 0 1\n"
        "replace test.host:a old host-1 needs 0 1 2\n"
        "flush test.zone:zone\n");
  CHECK(count_by_verb(plan).at(Verb::replace) == 1);
}

TEST_CASE("a protected object is not replaced") {
  World world;
  Resource& host = world.host("a", "trixie");
  host.lifecycle.replace = ReplacePolicy::now;
  host.lifecycle.protect = Protection::on;
  world.see_host("a", "bookworm").stamp->protect = true;
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  CHECK(plan.held[0].reason == "it is protected");
}

TEST_CASE("of twins the one that matches stays, then the oldest; the other goes once the keeper is ready") {
  World world;
  world.host("a", "trixie");
  world.see_host("a", "bookworm");
  world.see_host("a", "trixie");
  world.see_host("a", "trixie");
  CHECK(outline(world.plan()) ==
        "delete test.host:a host-1\n"
        "delete test.host:a host-3\n");

  world.objects[1].condition = Condition::progressing;
  world.objects[2].condition = Condition::progressing;
  CHECK(outline(world.plan()) ==
        "create test.host:a host-2 wait\n"
        "delete test.host:a host-1 needs 0\n"
        "delete test.host:a host-3 needs 0\n");
}

TEST_CASE("what an earlier run began is finished, not begun again") {
  World world;
  world.host("a");
  Observed& seen = world.see_host("a");
  SECTION("progressing is waited for") {
    seen.condition = Condition::progressing;
    CHECK(outline(world.plan()) == "create test.host:a host-1 wait\n");
  }
  SECTION("incomplete is resumed") {
    seen.condition = Condition::incomplete;
    CHECK(outline(world.plan()) == "create test.host:a host-1 resume\n");
  }
  SECTION("deleting is waited for, then created") {
    seen.condition = Condition::deleting;
    CHECK(outline(world.plan()) == "delete test.host:a host-1 wait\ncreate test.host:a needs 0\n");
  }
}

TEST_CASE("an unclear create is looked up until its quiet window is over") {
  World world;
  world.host("a");
  world.memory.open_creates.push_back(
      {{"test.host", "a"}, "TestCloud/here", {77}, world.now + std::chrono::seconds(5)});
  const Plan plan = world.plan();
  CHECK(outline(plan) == "create test.host:a look-up\n");
  CHECK(plan.steps[0].incarnation.bits == 77);
  CHECK(plan.steps[0].reason == "an earlier create got no clear answer and may still appear");
  world.memory.another_run = true;
  CHECK(world.plan().steps.at(0).reason == "another run has begun to create it");

  world.now += std::chrono::seconds(500);  // over, but nobody has looked twice yet
  CHECK(outline(world.plan()) == "create test.host:a look-up\n");
}

TEST_CASE("an unclear create is looked up where it was begun, wherever it would be made now") {
  World world;
  world.empty_connections = {"TestCloud/there"};
  world.host("a").connection.candidates = {"TestCloud/here", "TestCloud/there"};
  world.memory.open_creates.push_back(
      {{"test.host", "a"}, "TestCloud/there", {77}, world.now + std::chrono::seconds(5)});
  CHECK(world.plan().steps.at(0).connection == "TestCloud/there");
  world.memory.open_creates.clear();
  CHECK(world.plan().steps.at(0).connection == "TestCloud/here");
}

TEST_CASE("a replacement whose create was unclear is looked up too, until it has appeared") {
  World world;
  world.host("a", "trixie").lifecycle.replace = ReplacePolicy::now;
  world.see_host("a");
  world.memory.open_creates.push_back(
      {{"test.host", "a"}, "TestCloud/here", {77}, world.now + std::chrono::seconds(5)});
  const Plan plan = world.plan();
  CHECK(outline(plan) == "replace test.host:a new look-up\nreplace test.host:a old host-1 needs 0\n");
  CHECK(plan.steps.at(0).incarnation.bits == 77);
  CHECK(plan.steps.at(0).reason == "an earlier create got no clear answer and may still appear");
}

TEST_CASE("an object that failed before it was ever ready is made anew, one that was ready is reported") {
  World world;
  world.host("a");
  Observed& seen = world.see_host("a");
  seen.condition = Condition::failed;
  seen.evidence = "No valid host was found.";
  seen.ever_ready = false;
  CHECK(outline(world.plan()) == "replace test.host:a old host-1\nreplace test.host:a new needs 0\n");

  SECTION("by the backend's word") { seen.ever_ready = true; }
  SECTION("because it was applied before") { world.memory.known.insert(seen.id); }
  SECTION("and so is one its manifest protects") { world.resources[0].lifecycle.protect = Protection::on; }
  SECTION("and so is a protected one") {
    world.resources[0].lifecycle.protect = Protection::on;
    seen.stamp->protect = true;
  }
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].message == "test.host:a has failed: No valid host was found.");
}

TEST_CASE("one thing seen through two connections is no twin") {
  World world;
  world.host("a");
  Observed copy = world.see_host("a");
  copy.connection = "TestCloud/other";
  world.objects.push_back(copy);
  CHECK(outline(world.plan()).empty());

  world.resources.clear();
  world.host("b");
  CHECK(outline(world.plan()) == "create test.host:b\ndelete test.host:a host-1 stage 3\n");
}

TEST_CASE("a twin of a newer revision, or one nobody can see now, is left alone") {
  World world;
  world.fleet.revision = {100, "aaaaaaa"};
  world.host("a");
  world.see_host("a");
  Observed& twin = world.see_host("a", "other");
  SECTION("newer") { twin.stamp->revision = {200, "bbbbbbb"}; }
  SECTION("protected") { twin.stamp->protect = true; }
  SECTION("unknown") { twin.condition = Condition::unknown; }
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  CHECK(plan.held.size() + plan.unknown.size() == 1);
}

TEST_CASE("after a kill in the middle of a replacement the old one still goes last") {
  World world;
  world.add_converged("a");
  world.resources[0].wanted.as_map()["image"] = "trixie";
  world.see_host("a", "trixie", "192.0.2.9");
  CHECK(outline(world.plan()) ==
        "update test.record:a record-a flush 3\n"
        "update test.check:a  needs 0\n"
        "delete test.host:a host-1 needs 0 1\n"
        "flush test.zone:zone\n");
}

TEST_CASE("a debt is not paid while what is ours there could not be read") {
  World world;
  world.memory.debts.push_back({"TestCloud/here", {"test.zone", "zone"}});
  world.unread("test.record", "the zone is silent");
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  CHECK(plan.unknown.size() == 1);
}

TEST_CASE("the cause of a change is told from what was last applied") {
  World world;
  world.host("a");
  world.record("a");
  world.see_host("a");
  Observed& record = world.see_record("a");
  const auto cause = [&] { return world.plan().steps.at(0).changes.at(0).cause; };
  record.attributes.as_map()["ttl"] = 300;
  CHECK(cause() == Cause::unknown);
  world.memory.applied = [&record](const ResourceId& id) {
    using Digests = std::map<std::string, std::string>;
    return id == record.id ? std::optional(Digests{{"ttl", "?"}, {"targets", "?"}}) : std::nullopt;
  };
  CHECK(cause() == Cause::both);
}

TEST_CASE("an unpaid flush is planned although nothing differs") {
  World world;
  world.add_converged("a");
  world.memory.debts.push_back({"TestCloud/here", {"test.zone", "zone"}});
  const Plan plan = world.plan();
  CHECK(outline(plan) == "flush test.zone:zone resume\n");
}

TEST_CASE("an older checkout neither rolls back nor removes what a newer revision stamped") {
  World world;
  world.fleet.revision = {100, "aaaaaaa"};
  world.host("a", "bookworm").lifecycle.replace = ReplacePolicy::now;
  world.see_host("a", "trixie").stamp->revision = {200, "bbbbbbb"};
  world.see_host("gone").stamp->revision = {200, "bbbbbbb"};
  const Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.held.size() == 2);
  CHECK(plan.held[0].reason == "a newer revision (200-bbbbbbb) made it; --rollback goes back");

  world.options.rollback = true;
  CHECK(world.plan().steps.size() == 3);
}

TEST_CASE("what lies in another project than the manifests say is held and told, not taken for right") {
  World world;
  world.host("a");
  world.see_host("a");
  world.resources.front().connection.candidates = {"TestCloud/elsewhere"};
  world.empty_connections.emplace_back("TestCloud/elsewhere");
  Plan plan = world.plan();
  CHECK(outline(plan).empty());
  REQUIRE(plan.held.size() == 1);
  CHECK(plan.held[0].reason ==
        "only a new one can lie there: `muster destroy test.host:a`, then apply, or go back to TestCloud/here");
  REQUIRE(plan.held[0].changes.size() == 1);
  CHECK(plan.held[0].changes[0].field == "connection");
  // Where the other was not read nobody knows.
  world.empty_connections.clear();
  CHECK(world.plan().held.empty());
  world.empty_connections.emplace_back("TestCloud/elsewhere");
  // The same thing through both is in its place.
  Observed copy = world.objects.front();
  copy.connection = "TestCloud/elsewhere";
  world.objects.push_back(copy);
  plan = world.plan();
  CHECK(plan.held.empty());
  CHECK(outline(plan).empty());
}
