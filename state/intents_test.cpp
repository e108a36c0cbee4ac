#include "state/intents.h"

#include "resources/contract/error.h"
#include "state/child_for_test.h"
#include "state/claims.h"
#include "state/debts.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

Intent sample_intent(const std::string& name) {
  return {.resource = {"openstack.server", name},
          .verb = Verb::replace,
          .incarnation = {0xfedcba9876543210},
          .connection = "OpenStackProject/cloud",
          .backend_id = "old",
          .wanted_digest = "abc",
          .run = 12,
          .opened_at = at(100)};
}

TEST_CASE("an intent goes from opened to unclear, and survives with all it knows") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  IntentId first = 0;
  {
    Database database({.path = path});
    Intents intents(database);
    first = intents.open(sample_intent("a"));
    const IntentId second = intents.open(sample_intent("b"));
    CHECK(second > first);
    intents.mark_unclear(first, at(110));
    intents.mark_unclear(first, at(300));
  }
  Database database({.path = path});
  Intents intents(database);
  Intent expected = sample_intent("a");
  expected.id = first;
  expected.state = IntentState::unclear;
  expected.unclear_since = at(110);
  REQUIRE(intents.list().size() == 2);
  CHECK(intents.list()[0] == expected);
  CHECK(intents.list()[1].state == IntentState::opened);

  intents.close(first);
  intents.close(first);
  REQUIRE(intents.list().size() == 1);
  CHECK(intents.list()[0].resource.name == "b");
}

TEST_CASE("news about an intent that is not open are an error, and an id is never used again") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  Intents intents(database);
  const IntentId id = intents.open(sample_intent("a"));
  intents.close(id);
  CHECK_THROWS_AS(intents.mark_unclear(id, at(1)), Error);
  CHECK(intents.open(sample_intent("a")) > id);
}

TEST_CASE("a debt is settled by a flush only if nothing was written since that flush began") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  Debts debts(database);
  const ResourceId zone{"ovh.zone", "example.com"};
  debts.add("OvhAccount/dns", zone, at(10));
  const Debt before_flush = debts.list().at(0);
  CHECK(before_flush == Debt{"OvhAccount/dns", zone, at(10), 1});
  debts.add("OvhAccount/dns", zone, at(20));
  CHECK_FALSE(debts.settle(before_flush));
  REQUIRE(debts.list().size() == 1);
  CHECK(debts.list()[0] == Debt{"OvhAccount/dns", zone, at(10), 2});
  CHECK(debts.settle(debts.list()[0]));
  CHECK(debts.list().empty());
}

TEST_CASE("debts of different accounts on a zone of one name are two") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  Debts debts(database);
  debts.add("OvhAccount/b", {"ovh.zone", "example.com"}, at(10));
  debts.add("OvhAccount/a", {"ovh.zone", "example.com"}, at(20));
  REQUIRE(debts.list().size() == 2);
  CHECK(debts.settle(debts.list()[0]));
  REQUIRE(debts.list().size() == 1);
  CHECK(debts.list()[0].connection == "OvhAccount/b");
}

TEST_CASE("a claim is kept per id and connection, and a new one replaces the old") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  Claims claims(database);
  const ResourceId id{"ipd.deployment", "web"};
  claims.put({.id = id, .connection = "IpdServer/a", .backend_id = "1", .claimed_at = at(1), .evidence = "v1"});
  claims.put({.id = id, .connection = "IpdServer/b", .backend_id = "2", .claimed_at = at(2), .evidence = "v1"});
  claims.put({.id = id, .connection = "IpdServer/a", .backend_id = "3", .claimed_at = at(3), .evidence = "v2"});
  REQUIRE(claims.list().size() == 2);
  CHECK(claims.find(id, "IpdServer/a") == Claim{id, "IpdServer/a", "3", at(3), "v2"});
  claims.erase(id, "IpdServer/a");
  CHECK(claims.find(id, "IpdServer/a") == std::nullopt);
  CHECK(claims.find(id, "IpdServer/b").has_value());
}

}  // namespace
}  // namespace muster::state
