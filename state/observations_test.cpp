#include "state/observations.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "resources/contract/error.h"
#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

const Scope servers{"OpenStackProject/cloud", "openstack.server"};

struct ObservationsFixture {
  TemporaryDirectory directory;
  Database database{{.path = directory.path() / "state.db"}};
  Observations observations{database};

  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& cached : observations.load(servers)) {
      all.push_back(cached.observed.id.name + "=" + cached.observed.backend_id + (cached.foreign ? " foreign" : ""));
    }
    return all;
  }
  bool replace(const ReadTicket& ticket, std::vector<Observed> objects, Time ended, bool complete = true) {
    Observation read;
    read.objects = std::move(objects);
    read.complete = complete;
    if (!complete) read.why_incomplete = "page 2: 503";
    return observations.replace_scope(servers, read, ticket, ended);
  }
};

using Names = std::vector<std::string>;

TEST_CASE_METHOD(ObservationsFixture, "an observation comes back as it was seen, with its digest") {
  Observed plain;
  plain.id = {"openstack.server", "plain"};
  plain.connection = servers.connection;
  plain.attributes = Map{};
  const Observed full = sample_server("full", "17");
  Observed sparse = plain;
  sparse.id.name = "sparse";
  sparse.stamp = Stamp{};
  sparse.stamp->id = sparse.id;
  REQUIRE(replace(observations.begin_read(at(1)), {sparse, plain, full}, at(2)));
  const auto loaded = observations.load(servers);
  REQUIRE(loaded.size() == 3);
  CHECK(loaded[0].observed == full);
  CHECK(loaded[0].digest == observation_digest(full));
  CHECK(loaded[1].observed == plain);
  CHECK(loaded[2].observed == sparse);
  CHECK(observations.load(ResourceId{"openstack.server", "full"}).at(0).observed == full);
  CHECK(observations.load(ResourceId{"openstack.server", "absent"}).empty());
}

TEST_CASE_METHOD(ObservationsFixture, "a stamp that someone wrote with odd bytes can still be read") {
  Observed odd = sample_server("odd", "1");
  odd.stamp->digests = {{"im\tage", "a\tb"}, {"", ""}, {"a=b", "c"}};
  odd.attributes = Map{{"name", std::string("\xff\0\t", 3)}};
  REQUIRE(replace(observations.begin_read(at(1)), {odd}, at(2)));
  const Observed loaded = observations.load(servers).at(0).observed;
  CHECK(loaded.incarnation() == odd.incarnation());
  CHECK(loaded.attributes == odd.attributes);
}

TEST_CASE_METHOD(ObservationsFixture,
                 "a complete read removes what it lacks, an incomplete one removes nothing and says why") {
  REQUIRE(replace(observations.begin_read(at(1)), {sample_server("a", "1"), sample_server("b", "2")}, at(2)));
  REQUIRE(replace(observations.begin_read(at(3)), {sample_server("c", "3")}, at(4), false));
  CHECK(names() == Names{"a=1", "b=2", "c=3"});
  CHECK(observations.scopes() == std::vector<ScopeState>{{servers, false, "page 2: 503", at(3), at(4)}});
  REQUIRE(replace(observations.begin_read(at(5)), {sample_server("b", "2")}, at(6)));
  CHECK(names() == Names{"b=2"});
  CHECK(observations.scopes() == std::vector<ScopeState>{{servers, true, "", at(5), at(6)}});
}

TEST_CASE_METHOD(ObservationsFixture, "several objects with one id are all kept") {
  REQUIRE(replace(observations.begin_read(at(1)), {sample_server("a", "2"), sample_server("a", "1")}, at(2)));
  CHECK(names() == Names{"a=1", "a=2"});
}

TEST_CASE_METHOD(ObservationsFixture,
                 "a read that began before a write neither removes nor overwrites what the write left") {
  REQUIRE(replace(observations.begin_read(at(1)), {sample_server("old", "1")}, at(2)));
  const ReadTicket ticket = observations.begin_read(at(3));
  Observed changed = sample_server("old", "1");
  changed.evidence = "written since";
  observations.put(changed);
  observations.put(sample_server("new", "2"));
  REQUIRE(replace(ticket, {sample_server("old", "1")}, at(4)));
  CHECK(names() == Names{"new=2", "old=1"});
  CHECK(observations.load(changed.id).at(0).observed.evidence == "written since");

  REQUIRE(replace(observations.begin_read(at(5)), {sample_server("old", "1")}, at(6)));
  CHECK(names() == Names{"old=1"});
  CHECK(observations.load(changed.id).at(0).observed.evidence == "ACTIVE");
}

TEST_CASE_METHOD(ObservationsFixture,
                 "a read that began before a remove does not bring the object back, a later one does") {
  REQUIRE(replace(observations.begin_read(at(1)), {sample_server("a", "1")}, at(2)));
  const ReadTicket ticket = observations.begin_read(at(3));
  observations.erase(sample_server("a", "1"));
  CHECK(names().empty());
  REQUIRE(replace(ticket, {sample_server("a", "1")}, at(4)));
  CHECK(names().empty());
  REQUIRE(replace(observations.begin_read(at(5)), {sample_server("a", "1")}, at(6)));
  CHECK(names() == Names{"a=1"});
}

TEST_CASE_METHOD(ObservationsFixture, "a clock that jumps neither freezes rows nor scopes") {
  REQUIRE(replace(observations.begin_read(at(5000)), {sample_server("a", "1")}, at(5001)));
  observations.put(sample_server("b", "2"));
  REQUIRE(replace(observations.begin_read(at(10)), {sample_server("c", "3")}, at(11)));
  CHECK(names() == Names{"c=3"});
  CHECK(observations.scopes().at(0).began == at(10));
}

TEST_CASE_METHOD(ObservationsFixture, "a slow read does not replace one that began later and was stored first") {
  const ReadTicket slow = observations.begin_read(at(1));
  REQUIRE(replace(observations.begin_read(at(2)), {sample_server("new", "2")}, at(3)));
  CHECK_FALSE(replace(slow, {sample_server("old", "1")}, at(4)));
  CHECK(names() == Names{"new=2"});
  CHECK(observations.scopes().at(0).began == at(2));
}

TEST_CASE_METHOD(ObservationsFixture, "foreign objects are kept apart and become ours when they are written") {
  Observation read;
  read.complete = true;
  Observed stray = sample_server("s", "9");
  stray.ownership = Ownership::foreign;
  stray.stamp.reset();
  read.foreign = {stray};
  REQUIRE(observations.replace_scope(servers, read, observations.begin_read(at(1)), at(2)));
  CHECK(names() == Names{"s=9 foreign"});
  observations.put(sample_server("s", "9"));
  CHECK(names() == Names{"s=9"});
}

TEST_CASE_METHOD(ObservationsFixture, "a write makes no scope known, and a forgotten scope is gone with its rows") {
  observations.put(sample_server("a", "1"));
  CHECK(observations.scopes().empty());
  REQUIRE(replace(observations.begin_read(at(1)), {sample_server("a", "1")}, at(2)));
  Observed elsewhere = sample_server("a", "1");
  elsewhere.connection = "OpenStackProject/other";
  observations.put(elsewhere);
  const ResourceId id{"openstack.server", "a"};
  CHECK(observations.load(id).size() == 2);
  observations.forget(servers);
  CHECK(observations.load(servers).empty());
  REQUIRE(observations.load(id).size() == 1);
  CHECK(observations.load(id)[0].observed == elsewhere);
  CHECK(observations.scopes().empty());
}

TEST_CASE_METHOD(ObservationsFixture, "an object of another kind is the driver's error and changes nothing") {
  Observed other = sample_server("a", "1");
  other.id.kind = "openstack.image";
  CHECK_THROWS_AS(replace(observations.begin_read(at(1)), {sample_server("b", "2"), other}, at(2)), Error);
  CHECK(names().empty());
}

TEST_CASE("the digest follows everything but the time of the condition") {
  const Observed base = sample_server("a", "1");
  Observed later = base;
  later.since += std::chrono::seconds(1);
  CHECK(observation_digest(later) == observation_digest(base));
  Observed other = base;
  other.attributes.as_map()["ipv4"] = "192.0.2.18";
  CHECK(observation_digest(other) != observation_digest(base));
  other = base;
  other.stamp->digests["image"] = "000000000000";
  CHECK(observation_digest(other) != observation_digest(base));
  other = base;
  other.condition = Condition::failed;
  CHECK(observation_digest(other) != observation_digest(base));
  other = base;
  other.stamp.reset();
  CHECK(observation_digest(other) != observation_digest(base));
  CHECK(observation_digest(base).size() == 32);
}

TEST_CASE_METHOD(ObservationsFixture, "100,000 observations are written, read unchanged and loaded", "[.benchmark]") {
  std::vector<Observed> objects;
  for (int number = 0; number < 100'000; ++number) {
    objects.push_back(sample_server("event/" + std::to_string(number), "uuid-" + std::to_string(number)));
  }
  const auto time = [](const char* what, const auto& action) {
    const auto begun = std::chrono::steady_clock::now();
    const std::clock_t processor_begun = std::clock();
    action();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
    const double processor = static_cast<double>(std::clock() - processor_begun) / CLOCKS_PER_SEC;
    std::printf("%-24s %.3f s, %.3f s of them the processor's\n", what, taken.count(), processor);
  };
  time("first read stored", [&] { replace(observations.begin_read(at(1)), objects, at(2)); });
  time("unchanged read stored", [&] { replace(observations.begin_read(at(3)), objects, at(4)); });
  std::size_t count = 0;
  time("loaded", [&] { count = observations.load(servers).size(); });
  CHECK(count == 100'000);
  std::printf("%ju bytes\n", static_cast<std::uintmax_t>(std::filesystem::file_size(directory.path() / "state.db")));
}

}  // namespace
}  // namespace muster::state
