#include "reconciler/apply/observe.h"

#include "reconciler/apply/backend_for_test.h"
#include "resources/contract/error.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::apply;
using muster::apply::testing::Fleet;
using muster::apply::testing::here;
using muster::apply::testing::seen_host;
using muster::apply::testing::wanted_check;
using muster::apply::testing::wanted_host;

namespace {

using namespace std::chrono_literals;

const plan::Scope hosts{here, "test.host"};
const ResourceId host_a{"test.host", "a"};

const Observed* object_in(const plan::Snapshot& snapshot, const ResourceId& id) {
  const auto found = snapshot.objects.find(id);
  return found == snapshot.objects.end() ? nullptr : &found->second;
}

std::size_t reads(const Fleet& fleet, const std::string& kind = "test.host") {
  return fleet.backend.asked(kind).size();
}

}  // namespace

TEST_CASE("every kind behind a connection is read although nothing of it is wanted, so that leftovers are found") {
  Fleet fleet;
  fleet.backend.answer("test.host", {seen_host("left")});
  const plan::Snapshot snapshot = fleet.observe({});
  CHECK(object_in(snapshot, {"test.host", "left"}) != nullptr);
  CHECK(snapshot.is_complete(hosts));
  CHECK(snapshot.is_complete({here, "test.record"}));
  CHECK(reads(fleet, "test.record") == 1);
  CHECK(reads(fleet, "test.check") == 0);
}

TEST_CASE("a complete scope younger than asked for is not read again, an older one is, and one from the future too") {
  Fleet fleet;
  fleet.backend.answer("test.host", {seen_host("a")});
  const Time read_at = fleet.clock.time;
  fleet.observe({wanted_host("a")});
  fleet.backend.answer("test.host", {seen_host("a", "192.0.2.99")});

  fleet.clock.time = read_at + 5min;
  const plan::Snapshot cached = fleet.observe({wanted_host("a")}, 5min);
  CHECK(reads(fleet) == 1);
  CHECK(cached.scopes.at(hosts).read_at == read_at);
  REQUIRE(object_in(cached, host_a) != nullptr);
  CHECK(object_in(cached, host_a)->attributes.string_at("address") == "192.0.2.1");

  fleet.clock.time = read_at + 5min + 1ms;
  const plan::Snapshot anew = fleet.observe({wanted_host("a")}, 5min);
  CHECK(reads(fleet) == 2);
  CHECK(object_in(anew, host_a)->attributes.string_at("address") == "192.0.2.99");
  CHECK(anew.scopes.at(hosts).read_at == fleet.clock.time);

  fleet.observe({wanted_host("a")});
  CHECK(reads(fleet) == 3);
  fleet.clock.time = read_at;
  fleet.observe({wanted_host("a")}, 5min);
  CHECK(reads(fleet) == 4);
}

TEST_CASE("what was read through another login is not fresh, and neither is what it stands behind") {
  Fleet fleet;
  fleet.backend.answer("test.host", {seen_host("a")});
  fleet.observe({wanted_host("a"), wanted_check("a")});
  fleet.observe({wanted_host("a"), wanted_check("a")}, 5min);
  CHECK(reads(fleet) == 1);
  CHECK(reads(fleet, "test.check") == 1);

  fleet.user = "bert";
  fleet.backend.answer("test.host", {});
  const plan::Snapshot other = fleet.observe({wanted_host("a"), wanted_check("a")}, 5min);
  CHECK(reads(fleet) == 2);
  CHECK(reads(fleet, "test.check") == 2);
  CHECK(object_in(other, host_a) == nullptr);

  fleet.user = "anna";
  fleet.backend.answer("test.host", {seen_host("a")});
  const plan::Snapshot back = fleet.observe({wanted_host("a")}, 5min);
  CHECK(reads(fleet) == 3);
  CHECK(object_in(back, host_a) != nullptr);
}

TEST_CASE("where a connection logs in cannot be told, nothing read through it before is fresh") {
  Fleet fleet;
  fleet.observe({wanted_host("a")});
  fleet.user = "broken";
  fleet.observe({wanted_host("a")}, 5min);
  CHECK(reads(fleet) == 2);
}

TEST_CASE("an incomplete read shows what it saw, says why, keeps what was known, and does not count as fresh") {
  Fleet fleet;
  fleet.backend.answer("test.host", {seen_host("a"), seen_host("b")});
  fleet.observe({wanted_host("a")});
  fleet.backend.answer_incomplete("test.host", {seen_host("a")}, "page 2: 503");
  const plan::Snapshot partly = fleet.observe({wanted_host("a")});
  CHECK_FALSE(partly.is_complete(hosts));
  CHECK(partly.scopes.at(hosts).why_unknown == "page 2: 503");
  CHECK(object_in(partly, host_a) != nullptr);
  const Observed* unwanted = object_in(partly, ResourceId{"test.host", "b"});
  REQUIRE(unwanted != nullptr);
  CHECK(unwanted->condition == Condition::unknown);
  CHECK(unwanted->evidence == "page 2: 503");
  CHECK(fleet.cache().load(ResourceId{"test.host", "b"}).size() == 1);
  fleet.observe({wanted_host("a")}, 5min);
  CHECK(reads(fleet) == 3);
}

TEST_CASE("a scope that cannot be read at all is unknown with its words and the way out, without secrets") {
  Fleet fleet;
  fleet.redactor.add("hunter22");
  fleet.backend.answer("test.host", {seen_host("a")});
  fleet.observe({wanted_host("a")});
  fleet.backend.fail("test.host", Error(Fault::denied, "401 for hunter22", "check the password"));
  const plan::Snapshot snapshot = fleet.observe({wanted_host("a")});
  CHECK_FALSE(snapshot.is_complete(hosts));
  CHECK(snapshot.scopes.at(hosts).why_unknown == "401 for [secret] (check the password)");
  CHECK(snapshot.is_complete({here, "test.record"}));
  CHECK(fleet.cache().load(host_a).size() == 1);
}

TEST_CASE("what a read could not say is remembered as it was, and shown as unknown") {
  Fleet fleet;
  fleet.backend.answer("test.host", {seen_host("a")});
  fleet.observe({wanted_host("a")});
  Observed unknown = seen_host("a");
  unknown.condition = Condition::unknown;
  unknown.evidence = "a part of the cloud does not answer";
  fleet.backend.answer("test.host", {unknown});
  const plan::Snapshot snapshot = fleet.observe({wanted_host("a")});
  CHECK(object_in(snapshot, host_a)->condition == Condition::unknown);
  CHECK(fleet.cache().load(host_a).at(0).observed.condition == Condition::ready);
}

TEST_CASE("drivers are told what the cache knew, so that they can confirm what a list lacks") {
  Fleet fleet;
  fleet.backend.answer("test.host", {seen_host("a")});
  fleet.observe({wanted_host("a")});
  fleet.observe({wanted_host("a")});
  const auto asked = fleet.backend.asked("test.host");
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].known.empty());
  REQUIRE(asked[1].known.size() == 1);
  CHECK(asked[1].known[0].id == host_a);
  CHECK(asked[1].fleet == "f1");
  REQUIRE(asked[1].wanted.size() == 1);
}

TEST_CASE("what asks about hosts is read after them, with the addresses of those that are ready") {
  Fleet fleet;
  Observed building = seen_host("b", "192.0.2.2");
  building.condition = Condition::progressing;
  fleet.backend.answer("test.host", {seen_host("a"), building});
  fleet.observe({wanted_check("a"), wanted_host("a"), wanted_check("b"), wanted_host("b")});
  const auto asked = fleet.backend.asked("test.check");
  REQUIRE(asked.size() == 1);
  REQUIRE(asked[0].wanted.size() == 2);
  CHECK(asked[0].wanted[0].wanted.at("host") == Value("192.0.2.1"));
  CHECK_FALSE(refs_in(asked[0].wanted[1].wanted).empty());
}

TEST_CASE("what refers to hosts is asked for with their addresses, as far as hosts of ours have them") {
  Fleet fleet;
  Observed foreign = seen_host("b", "192.0.2.2");
  foreign.ownership = Ownership::foreign;
  fleet.backend.answer("test.host", {seen_host("a"), foreign});
  std::vector<Resource> resources{wanted_host("a"), wanted_host("b")};
  for (const char* name : {"a", "b"}) {
    Resource record;
    record.id = {"test.record", name};
    record.connection.candidates = {here};
    record.wanted = Map{{"target", Hole{Ref{{"test.host", name}, "address"}}}};
    resources.push_back(record);
  }
  fleet.observe(resources);
  const auto asked = fleet.backend.asked("test.record");
  REQUIRE(asked.size() == 1);
  REQUIRE(asked[0].wanted.size() == 2);
  CHECK(asked[0].wanted[0].wanted.string_at("target") == "192.0.2.1");
  CHECK(asked[0].wanted[1].wanted.at("target").has_hole());
}

TEST_CASE("what is ours behind a connection without manifest is unknown, and forgotten once nothing of it is left") {
  Fleet fleet;
  fleet.backend.answer("test.host", {seen_host("a")});
  fleet.observe({});
  fleet.connections.clear();
  const plan::Snapshot snapshot = fleet.observe({});
  REQUIRE(object_in(snapshot, host_a) != nullptr);
  CHECK(object_in(snapshot, host_a)->condition == Condition::unknown);
  CHECK(object_in(snapshot, host_a)->evidence ==
        "no manifest says how to reach TestCloud/here; put it back until what was made through it is removed");
  fleet.cache().erase(seen_host("a"));
  CHECK(fleet.observe({}).objects.empty());
  CHECK(fleet.cache().scopes().empty());
}

TEST_CASE("an interrupted observation throws and remembers nothing") {
  Fleet fleet;
  fleet.backend.answer("test.host", {seen_host("a")});
  fleet.stop.request_stop();
  try {
    fleet.observe({wanted_host("a")});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::interrupted);
  }
  CHECK(fleet.cache().load(host_a).empty());
}

TEST_CASE("however young a read is, what was not asked about in it is not known") {
  Fleet fleet;
  fleet.observe({wanted_host("a")});
  fleet.observe({wanted_host("a")}, 5min);
  CHECK(reads(fleet) == 1);
  fleet.observe({wanted_host("a"), wanted_host("b")}, 5min);
  CHECK(reads(fleet) == 2);
  CHECK(reads(fleet, "test.record") == 1);
  fleet.observe({wanted_host("a"), wanted_host("b")}, 5min);
  CHECK(reads(fleet) == 2);
}
