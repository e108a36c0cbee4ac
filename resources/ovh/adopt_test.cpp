// Taking over records that another tool made.

#include "resources/contract/error.h"
#include "resources/ovh/drivers_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::ovh;
using namespace muster::ovh::testing;

namespace {

/// What one read tells of `alpha`.
Observed seen(TestAccount& account, OvhSession& session) {
  ObserveRequest asked;
  asked.fleet = test_fleet;
  asked.wanted = {alpha};
  const Observation observation = rrsets.observe(session, asked, account.context);
  REQUIRE(observation.objects.size() == 1);
  return observation.objects.front();
}

/// The words with which adopt refuses.
std::string refused(TestAccount& account, OvhSession& session) {
  try {
    rrsets.adopt(session, alpha, seen(account, session), test_stamp(alpha.id), account.context);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::conflict);
    return error.message();
  }
  return "adopted";
}

}  // namespace

TEST_CASE("a record with the wanted address becomes ours with its scope's next flush, and is not written") {
  TestAccount account;
  const auto session = account.open();
  account.add_foreign("alpha.my-event", "A", "192.0.2.1");
  const Observed before = seen(account, *session);
  CHECK(before.ownership == Ownership::foreign);
  CHECK(rrsets.examine(*session, alpha, before, account.context).possible());

  const Resource owner = wanted_scope("my-event");
  std::vector<Observed> ours{scopes.create(*session, owner, test_stamp(owner.id), account.context)};
  account.calls("ovh POST domain/zone/record");
  ours.push_back(rrsets.adopt(*session, alpha, before, test_stamp(alpha.id), account.context));
  CHECK(ours.back().attributes.int_at("ttl", -1) == 0);
  rrsets.flush(*session, zone_id("example.com"), ours, test_stamp(zone_id("example.com")), account.context);

  const Observed after = seen(account, *session);
  CHECK(after.ownership == Ownership::ours);
  CHECK(after.condition == Condition::ready);
  CHECK(after.attributes.int_at("ttl", -1) == 0);
  CHECK(after.attributes == ours.back().attributes);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.1"});
}

TEST_CASE("a record that leads elsewhere is not adopted, and one that moved since is refused") {
  TestAccount account;
  const auto session = account.open();
  account.add_foreign("alpha.my-event", "A", "192.0.2.9");
  const Takeover takeover = rrsets.examine(*session, alpha, seen(account, *session), account.context);
  REQUIRE(takeover.differs.size() == 1);
  CHECK(takeover.differs[0].field == "targets");
  CHECK(takeover.differs[0].before == Value(List{"192.0.2.9"}));
  CHECK(refused(account, *session) == "alpha.my-event A holds 192.0.2.9 now, not 192.0.2.1");
}

TEST_CASE("a record in another fleet's scope is that fleet's, whatever its address") {
  TestAccount account;
  const auto session = account.open();
  const Resource owner = wanted_scope("my-event");
  scopes.create(*session, owner, test_stamp(owner.id, "f2"), account.context);
  account.add_foreign("alpha.my-event", "A", "192.0.2.1");
  const Takeover takeover = rrsets.examine(*session, alpha, seen(account, *session), account.context);
  CHECK(takeover.obstacle.find("held by fleet f2") == 0);
}

TEST_CASE("a scope is made, never taken over: it carries one fleet's name") {
  TestAccount account;
  const auto session = account.open();
  CHECK_FALSE(scopes.examine(*session, wanted_scope("my-event"), {}, account.context).possible());
}
