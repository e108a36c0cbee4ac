#include "reconciler/cli/drift.h"

#include "reconciler/plan/digests.h"
#include "reconciler/plan/fleet_for_test.h"
#include "resources/contract/error.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::cli;
using muster::plan::testing::World;

namespace {

const ResourceId host_a{"test.host", "a"};
const ResourceId record_a{"test.record", "a"};

/// A planner's world and what cli needs beside its plan.
struct Fleet : World {
  Fleet() : registry(plan::testing::test_registry()) { add_converged("a"); }

  /// As after an apply: everything wanted was written as it is wanted now.
  void remember_all() {
    std::map<ResourceId, std::map<std::string, std::string>> applied;
    for (const Resource& resource : resources) {
      memory.known.insert(resource.id);
      Value written = resource.wanted;
      if (resource.id.kind == "test.record") written.as_map()["targets"] = List{"192.0.2.1"};
      applied[resource.id] = plan::applied_digests(registry.driver(resource.id.kind)->schema(), written);
    }
    memory.applied = [applied](const ResourceId& id) {
      const auto found = applied.find(id);
      return found == applied.end() ? std::nullopt : std::optional(found->second);
    };
  }

  Drift drift(const std::set<ResourceId>& leaving = {}) const {
    apply::Prepared prepared;
    prepared.plan = plan();
    prepared.resources = resources;
    for (const Observed& object : objects) prepared.snapshot.objects.emplace(object.id, object);
    return find_drift({registry, prepared, memory, leaving});
  }

  Observed& seen(const ResourceId& id) {
    for (Observed& object : objects) {
      if (object.id == id) return object;
    }
    throw std::logic_error("not seen");
  }
  Resource& wanted(const ResourceId& id) {
    for (Resource& resource : resources) {
      if (resource.id == id) return resource;
    }
    throw std::logic_error("not wanted");
  }
  void lose(const ResourceId& id) {
    std::erase_if(objects, [&](const Observed& object) { return object.id == id; });
  }

  Registry registry;
};

/// "changed test.record:a ttl", one a line.
std::string outline(const Drift& drift) {
  std::string text;
  for (const DriftItem& item : drift.items) {
    text += std::string(to_string(item.what)) + " " + item.id.to_string();
    for (const MovedField& moved : item.fields) text += " " + moved.field;
    text += "\n";
  }
  return text;
}

std::string refusal(const std::string& pattern) {
  const Registry registry = plan::testing::test_registry();
  try {
    ignore_pattern_from(pattern, registry);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::usage);
    return error.message() + " | " + error.hint();
  }
  return {};
}

}  // namespace

TEST_CASE("where all is as it was written there is no drift; checks are no objects") {
  Fleet fleet;
  fleet.remember_all();
  const Drift drift = fleet.drift();
  CHECK(outline(drift).empty());
  CHECK(drift.looked_at == 2);
  CHECK(drift.pending == 0);
}

TEST_CASE("a field that others changed is drift, with what it was and is; one the manifest changed is pending") {
  Fleet fleet;
  fleet.remember_all();
  fleet.seen(record_a).attributes.as_map()["ttl"] = 300;
  Drift drift = fleet.drift();
  REQUIRE(outline(drift) == "changed test.record:a ttl\n");
  CHECK(drift.items[0].fields[0].wanted == Value(60));
  CHECK(drift.items[0].fields[0].is == Value(300));
  CHECK(drift.items[0].fields[0].cause == plan::Cause::drift);
  CHECK(drift.pending == 0);

  fleet.wanted(record_a).wanted.as_map()["ttl"] = 120;
  drift = fleet.drift();
  REQUIRE(outline(drift) == "changed test.record:a ttl\n");
  CHECK(drift.items[0].fields[0].cause == plan::Cause::both);

  fleet.seen(record_a).attributes.as_map()["ttl"] = 60;
  drift = fleet.drift();
  CHECK(outline(drift).empty());
  CHECK(drift.pending == 1);
}

TEST_CASE("a difference is drift when the record of what was written is lost, and nobody can tell who moved") {
  Fleet fleet;
  fleet.seen(record_a).attributes.as_map()["ttl"] = 300;
  const Drift drift = fleet.drift();
  REQUIRE(outline(drift) == "changed test.record:a ttl\n");
  CHECK(drift.items[0].fields[0].cause == plan::Cause::unknown);
}

TEST_CASE("a held difference that others made is drift too") {
  Fleet fleet;
  fleet.remember_all();
  fleet.seen(host_a).attributes.as_map()["size"] = "large";
  CHECK(outline(fleet.drift()) == "changed test.host:a size\n");
  fleet.seen(host_a).attributes.as_map()["size"] = "small";
  fleet.wanted(host_a).wanted.as_map()["image"] = "other";
  const Drift by_manifest = fleet.drift();
  CHECK(outline(by_manifest).empty());
  CHECK(by_manifest.pending == 1);
}

TEST_CASE("what was made and is gone is drift; what follows from it and what was never made are pending") {
  Fleet fleet;
  fleet.remember_all();
  fleet.lose(host_a);
  fleet.host("new");
  const Drift drift = fleet.drift();
  CHECK(outline(drift) == "gone test.host:a\n");
  // The record follows the host, the check both; the new host was never there.
  CHECK(drift.pending == 3);
}

TEST_CASE("what could not be read is neither gone nor as it should be") {
  Fleet fleet;
  fleet.remember_all();
  fleet.lose(host_a);
  fleet.unread("test.host", "page 2: 503");
  const Drift drift = fleet.drift();
  CHECK(outline(drift).empty());
  CHECK_FALSE(drift.unknown.empty());
}

TEST_CASE("what somebody else is removing is drift, what a run of ours was removing is not") {
  Fleet fleet;
  fleet.remember_all();
  fleet.seen(host_a).condition = Condition::deleting;
  CHECK(outline(fleet.drift()) == "deleting test.host:a\n");
  CHECK(outline(fleet.drift({host_a})).empty());
  fleet.lose(host_a);
  CHECK(outline(fleet.drift({host_a})).empty());
}

TEST_CASE("what failed after it was ready is drift, what never worked is not") {
  Fleet fleet;
  Observed& host = fleet.seen(host_a);
  host.condition = Condition::failed;
  host.evidence = "kernel panic";
  const Drift drift = fleet.drift();
  REQUIRE(outline(drift) == "failed test.host:a\n");
  CHECK(drift.items[0].detail == "kernel panic");
  host.ever_ready = false;
  CHECK(outline(fleet.drift()).empty());
}

TEST_CASE("several objects with one id are drift once, with all their ids") {
  Fleet fleet;
  fleet.remember_all();
  fleet.see_host("a");
  const Drift drift = fleet.drift();
  REQUIRE(outline(drift) == "twin test.host:a\n");
  CHECK(drift.items[0].backend_ids.size() == 2);
}

TEST_CASE("of several objects with one id the one that stays is shown with what moved of it") {
  Fleet fleet;
  fleet.wanted(host_a).wanted.as_map()["tags"] = List{"ours"};
  fleet.remember_all();
  fleet.seen(host_a).attributes.as_map()["size"] = "large";
  Observed& fitting = fleet.see_host("a");
  fitting.attributes.as_map()["tags"] = List{"theirs"};
  const std::string fitting_id = fitting.backend_id;
  const Drift drift = fleet.drift();
  REQUIRE(outline(drift) == "changed test.host:a tags\ntwin test.host:a\n");
  CHECK(drift.items[0].backend_ids == std::vector<std::string>{fitting_id});
}

TEST_CASE("something that is not ours in the place of ours is drift; where muster never wrote it is none") {
  Fleet fleet;
  fleet.seen(record_a).ownership = Ownership::foreign;
  const Drift before = fleet.drift();
  CHECK(outline(before).empty());
  CHECK(before.never_ours == 1);
  fleet.remember_all();
  const Drift after = fleet.drift();
  CHECK(outline(after) == "foreign test.record:a\n");
  CHECK(after.never_ours == 0);
}

TEST_CASE("a stamp in a form from the future is unknown") {
  Fleet fleet;
  fleet.seen(host_a).stamp->form = stamp_form + 1;
  const Drift drift = fleet.drift();
  CHECK(outline(drift).empty());
  REQUIRE(drift.unknown.size() >= 1);
}

TEST_CASE("patterns take out objects or single fields, and what they took is counted") {
  Fleet fleet;
  fleet.remember_all();
  fleet.seen(record_a).attributes.as_map()["ttl"] = 300;
  fleet.seen(record_a).attributes.as_map()["targets"] = List{"198.51.100.9"};
  fleet.see_host("a");
  const auto left = [&](const std::vector<std::string>& texts) {
    Drift drift = fleet.drift();
    std::vector<IgnorePattern> patterns;
    for (const std::string& text : texts) patterns.push_back(ignore_pattern_from(text, fleet.registry));
    ignore(drift, patterns);
    return outline(drift) + std::to_string(drift.ignored);
  };
  const std::string twin = "twin test.host:a\n";
  CHECK(left({}) == twin + "changed test.record:a targets ttl\n0");
  CHECK(left({"test.record:*#ttl"}) == twin + "changed test.record:a targets\n1");
  CHECK(left({"test.record:*#t*"}) == twin + "2");
  CHECK(left({"test.record:a"}) == twin + "1");
  CHECK(left({"*:a"}) == "2");
  CHECK(left({"test.host:nobody-today", "*:*#ttl"}) == twin + "changed test.record:a targets\n1");
}

TEST_CASE("a pattern ignores what cannot be read as well") {
  Fleet fleet;
  fleet.unread("test.host", "page 2: 503");
  fleet.lose(host_a);
  Drift drift = fleet.drift();
  ignore(drift, {ignore_pattern_from("*:*", fleet.registry)});
  CHECK(drift.unknown.empty());
}

TEST_CASE("a pattern that cannot mean anything is refused with the way out") {
  const std::string forms =
      "a pattern is ID or ID#FIELD with * for any text: 'openstack.server:my-event/*', 'ovh.rrset:*#ttl', "
      "'*:my-event/*'";
  for (const char* text : {"", "my-event", ":a", "test.host:", "test.host:a#", "test.host:a b"})
    CHECK(refusal(text) == "--ignore '" + std::string(text) + "' is no pattern | " + forms);
  CHECK(refusal("test.hots:a") == "--ignore 'test.hots:a': there is no kind 'test.hots' | did you mean 'test.host'?");
  CHECK(refusal("test.record:*#tll") ==
        "--ignore 'test.record:*#tll': none of these kinds has a field 'tll' | did you mean 'ttl'?");
  CHECK(refusal("test.host:*#ttl").find("none of these kinds has a field 'ttl'") != std::string::npos);
}
