// What is left of scopes and RRsets by killed runs, lost answers and late ones, and how the next run goes on.

#include <functional>
#include <string>
#include <vector>

#include "resources/ovh/drivers_for_test.h"
#include "resources/ovh/names.h"
#include "resources/ovh/ownership.h"
#include "resources/ovh/test_account.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::ovh;
using namespace muster::ovh::testing;

TEST_CASE("without the database what a killed destroy left is ours as long as it holds what is wanted, and removed") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {alpha, beta});
  const auto all = rrsets.observe(*session, request({alpha, beta}), account.context);
  rrsets.remove(*session, *find(all.objects, alpha.id), account.context);
  const auto left = rrsets.observe(*session, request({alpha, beta}), account.context);
  REQUIRE(find(left.objects, beta.id) != nullptr);
  CHECK(find(left.objects, beta.id)->ownership == Ownership::ours);
  CHECK(find(left.objects, beta.id)->condition == Condition::incomplete);
  rrsets.remove(*session, *find(left.objects, beta.id), account.context);
  CHECK(account.stored("beta.my-event", "A").empty());
}

TEST_CASE("a set of which only a part was written before a kill is ours, and create completes it") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {});
  rrsets.create(*session, alpha, test_stamp(alpha.id), account.context);
  const Resource two = wanted_rrset("alpha.my-event", "A", {"192.0.2.1", "192.0.2.9"});
  const auto seen = rrsets.observe(*session, request({two}), account.context);
  CHECK(seen.objects.at(0).ownership == Ownership::ours);
  CHECK(seen.objects.at(0).condition == Condition::incomplete);
  rrsets.create(*session, two, test_stamp(two.id), account.context);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.1", "192.0.2.9"});
}

TEST_CASE("without the database the address of a server that was replaced is proven ours, and updated") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {alpha, beta});
  const Resource moved = wanted_rrset("alpha.my-event", "A", {"192.0.2.77"});
  const auto seen = rrsets.observe(*session, request({moved, beta}), account.context);
  REQUIRE(find(seen.objects, alpha.id) != nullptr);
  CHECK(find(seen.objects, alpha.id)->condition == Condition::ready);
  rrsets.update(*session, moved, *find(seen.objects, alpha.id), {}, test_stamp(alpha.id), account.context);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.77"});
}

TEST_CASE("a zone that could not be read for a while does not turn a strange value into one of ours") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {});
  account.add_foreign("alpha.my-event", "A", "203.0.113.9");
  const Resource later = with_address_to_come(alpha);
  auto known = rrsets.observe(*session, request({later}), account.context).objects;
  account.fail_next("GET", "/export$", R"({"action": "status", "status": 503, "body": "{}", "count": 3})");
  known = rrsets.observe(*session, request({later}, known), account.context).objects;
  REQUIRE(known.at(0).condition == Condition::unknown);
  known = rrsets.observe(*session, request({later}, known), account.context).objects;
  CHECK(known.at(0).condition == Condition::incomplete);
}

TEST_CASE("a POST whose answer is lost is unclear, and doing it again adds nothing twice") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {});
  account.fail_next("POST", "/record$", R"({"action": "drop-after"})");
  try {
    rrsets.create(*session, alpha, test_stamp(alpha.id), account.context);
    FAIL("the lost answer went unnoticed");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::unclear);
  }
  CHECK(rrsets.create(*session, alpha, test_stamp(alpha.id), account.context).condition == Condition::ready);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.1"});
  CHECK(account.world.ledger.counts("record").created == 2);
}

TEST_CASE("a lost answer within an update is transient, because an update may be repeated") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = make(account, *session, {alpha});
  const Resource two = wanted_rrset("alpha.my-event", "A", {"192.0.2.1", "192.0.2.9"});
  account.fail_next("POST", "/record$", R"({"action": "drop-after"})");
  try {
    rrsets.update(*session, two, *find(ours, alpha.id), {}, test_stamp(two.id), account.context);
    FAIL("the lost answer went unnoticed");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::transient);
  }
  rrsets.update(*session, two, *find(ours, alpha.id), {}, test_stamp(two.id), account.context);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.1", "192.0.2.9"});
}

TEST_CASE("a POST that arrives late makes a value stand twice: that is ours, differs, and an update clears it up") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {alpha});
  account.add_foreign("alpha.my-event", "A", "192.0.2.1", 60);
  const auto seen = rrsets.observe(*session, request({alpha}), account.context);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects.at(0).ownership == Ownership::ours);
  CHECK(seen.objects.at(0).condition == Condition::ready);
  CHECK(seen.objects.at(0).attributes.at("targets") == Value(List{"192.0.2.1", "192.0.2.1"}));
  rrsets.update(*session, alpha, seen.objects.at(0), {}, test_stamp(alpha.id), account.context);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.1"});
  CHECK(rrsets.observe(*session, request({alpha}), account.context).objects.at(0).attributes.at("targets") ==
        alpha.wanted.at("targets"));
}

TEST_CASE("a mark that arrives late stands beside the one that proves: that one speaks, and a flush clears it up") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = make(account, *session, {alpha});
  // Of a later revision even: what nothing was published under proves nothing.
  const std::string late = unflushed_text(test_fleet, {99, "abc"}).to_string();
  account.add_foreign("_muster.my-event", "TXT", late);
  const auto seen = scopes.observe(*session, request({wanted_scope("my-event")}), account.context);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects.at(0).ownership == Ownership::ours);
  CHECK(seen.objects.at(0).condition == Condition::incomplete);
  CHECK(seen.objects.at(0).evidence == "its record stands 2 times");
  ObserveRequest unwanted = request({});
  unwanted.marks = {wanted_scope("my-event").id};
  const auto sets = rrsets.observe(*session, unwanted, account.context);
  REQUIRE(sets.objects.size() == 1);
  CHECK(sets.objects.at(0).ownership == Ownership::ours);
  flush(account, *session, ours);
  const auto marks = account.stored("_muster.my-event", "TXT");
  REQUIRE(marks.size() == 1);
  CHECK(marks.at(0) != late);
  CHECK(scopes.observe(*session, request({wanted_scope("my-event")}), account.context).objects.at(0).condition ==
        Condition::ready);
}

TEST_CASE("ids that change behind us do not matter") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = make(account, *session, {alpha});
  account.api.zones().renumber("example.com");
  const Resource moved = wanted_rrset("alpha.my-event", "A", {"192.0.2.5"});
  rrsets.update(*session, moved, *find(ours, alpha.id), {}, test_stamp(alpha.id), account.context);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.5"});
}

TEST_CASE("where an export shows only what is published, an interrupted apply still makes nothing twice") {
  sandbox::OvhOptions options;
  options.zone_rules.export_shows_unrefreshed = false;
  TestAccount account(options);
  const auto session = account.open();
  const Resource owner = wanted_scope("my-event");
  scopes.create(*session, owner, test_stamp(owner.id), account.context);
  rrsets.create(*session, alpha, test_stamp(alpha.id), account.context);
  CHECK(rrsets.observe(*session, request({alpha}), account.context).objects.empty());

  make(account, *session, {alpha});
  CHECK(account.world.ledger.counts("record").created == 2);
  CHECK(rrsets.observe(*session, request({alpha}), account.context).objects.at(0).ownership == Ownership::ours);
}
