#include "resources/ovh/rrset_writer.h"

#include "tests/support/catch.h"

using namespace muster::ovh;
using Action = RecordWrite::Action;

namespace {

const RRsetKey key{"a.e", "A"};

std::vector<RecordWrite> plan(const std::vector<ZoneRecord>& standing, const std::set<std::string>& targets,
                              std::int64_t ttl = 60) {
  return plan_writes(standing, key, targets, ttl, "example.com");
}

}  // namespace

TEST_CASE("nothing standing: every target is created") {
  CHECK(plan({}, {"192.0.2.1", "192.0.2.2"}) ==
        std::vector<RecordWrite>{{Action::create, 0, "192.0.2.1"}, {Action::create, 0, "192.0.2.2"}});
}

TEST_CASE("what stands as wanted is not written") {
  CHECK(plan({{7, "a.e", "A", "192.0.2.1", 60}}, {"192.0.2.1"}).empty());
}

TEST_CASE("a surplus record is turned into a missing one before anything is removed") {
  const std::vector<ZoneRecord> standing{{7, "a.e", "A", "192.0.2.8", 60}, {8, "a.e", "A", "192.0.2.9", 60}};
  CHECK(plan(standing, {"192.0.2.1"}) ==
        std::vector<RecordWrite>{{Action::put, 7, "192.0.2.1"}, {Action::remove, 8, ""}});
}

TEST_CASE("another ttl is put in place") {
  CHECK(plan({{7, "a.e", "A", "192.0.2.1", 300}}, {"192.0.2.1"}) ==
        std::vector<RecordWrite>{{Action::put, 7, "192.0.2.1"}});
}

TEST_CASE("a value that stands twice loses one record, and other types stay out of it") {
  const std::vector<ZoneRecord> standing{
      {7, "a.e", "A", "192.0.2.1", 60}, {8, "a.e", "A", "192.0.2.1", 60}, {9, "a.e", "AAAA", "2001:db8::1", 60}};
  CHECK(plan(standing, {"192.0.2.1"}) == std::vector<RecordWrite>{{Action::remove, 8, ""}});
}

TEST_CASE("no targets remove the set and only the set") {
  const std::vector<ZoneRecord> standing{{7, "a.e", "A", "192.0.2.1", 60}, {9, "a.e", "TXT", "x", 60}};
  CHECK(plan(standing, {}) == std::vector<RecordWrite>{{Action::remove, 7, ""}});
}

TEST_CASE("a native text record satisfies a TXT, and is never put") {
  const std::vector<ZoneRecord> standing{{7, "m", "SPF", "v=spf1 -all", 600}};
  CHECK(plan_writes(standing, {"m", "TXT"}, {"v=spf1 -all"}, 60, "example.com").empty());
  CHECK(plan_writes(standing, {"m", "TXT"}, {"other"}, 60, "example.com") ==
        std::vector<RecordWrite>{{Action::create, 0, "other"}, {Action::remove, 7, ""}});
}
