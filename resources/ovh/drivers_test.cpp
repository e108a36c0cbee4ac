// The whole life of scopes and RRsets against the simulated account.

#include <chrono>
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

TEST_CASE("an RRset is stored by create and served only after flush") {
  TestAccount account;
  const auto session = account.open();
  const Resource owner = wanted_scope("my-event");
  std::vector<Observed> ours{scopes.create(*session, owner, test_stamp(owner.id), account.context)};
  ours.push_back(rrsets.create(*session, alpha, test_stamp(alpha.id), account.context));
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.1"});
  CHECK_FALSE(account.served("alpha.my-event"));

  rrsets.flush(*session, zone_id("example.com"), ours, test_stamp(zone_id("example.com")), account.context);
  CHECK(account.served("alpha.my-event") == std::vector<std::string>{"192.0.2.1"});
  CHECK(account.calls("ovh GET auth/time") == 1);
}

TEST_CASE("what create returned is what observe reads") {
  TestAccount account;
  const auto session = account.open();
  const Resource v6 = wanted_rrset("alpha.my-event", "AAAA", {"2001:DB8::0:1"});
  const auto ours = make(account, *session, {alpha, v6});
  const auto seen = rrsets.observe(*session, request({alpha, v6}), account.context);
  CHECK(seen.complete);
  CHECK(seen.foreign.empty());
  REQUIRE(seen.objects.size() == 2);
  CHECK(*find(seen.objects, alpha.id) == *find(ours, alpha.id));
  CHECK(*find(seen.objects, v6.id) == *find(ours, v6.id));

  const auto seen_scopes = scopes.observe(*session, request({wanted_scope("my-event")}), account.context);
  REQUIRE(seen_scopes.objects.size() == 1);
  CHECK(seen_scopes.objects[0].ownership == Ownership::ours);
  CHECK(seen_scopes.objects[0].evidence.empty());
  CHECK(seen_scopes.objects[0].attributes.string_at("proof").substr(0, 2) == "2:");
  CHECK(seen_scopes.objects[0].stamp->revision == Revision{1700000000, "3f2a91c"});
}

TEST_CASE("observing takes the same number of calls however many records there are") {
  TestAccount account;
  const auto session = account.open();
  for (int at = 0; at < 200; ++at) account.add_foreign("host" + std::to_string(at), "A", "198.51.100.1");
  rrsets.observe(*session, request({alpha}), account.context);
  CHECK(account.calls("ovh GET domain/zone/export") == 1);
  CHECK(account.counter.total() == 2);
}

TEST_CASE("update passes through no empty answer and keeps foreign names alone") {
  TestAccount account;
  const auto session = account.open();
  account.add_foreign("www", "A", "203.0.113.1");
  const auto ours = make(account, *session, {alpha});
  const auto before = account.world.ledger.counts("record");
  const Resource moved = wanted_rrset("alpha.my-event", "A", {"192.0.2.7", "192.0.2.8"}, 300);
  const Observed now = rrsets.update(*session, moved, *find(ours, alpha.id), {}, test_stamp(alpha.id), account.context);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.7", "192.0.2.8"});
  CHECK(account.world.ledger.counts("record").deleted == before.deleted);
  CHECK(now.attributes.int_at("ttl") == 300);

  rrsets.update(*session, alpha, now, {}, test_stamp(alpha.id), account.context);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.1"});
  CHECK(account.stored("www", "A") == std::vector<std::string>{"203.0.113.1"});
}

TEST_CASE("destroying everything leaves the zone as it was before") {
  TestAccount account;
  const auto session = account.open();
  auto ours = make(account, *session, {alpha, beta});
  for (const Resource& set : {alpha, beta}) CHECK_FALSE(rrsets.remove(*session, *find(ours, set.id), account.context));
  CHECK_FALSE(scopes.remove(*session, ours.front(), account.context));
  rrsets.flush(*session, zone_id("example.com"), {}, test_stamp(zone_id("example.com")), account.context);
  CHECK(account.world.ledger.counts("record").alive() == 0);
  CHECK_FALSE(account.served("alpha.my-event"));
  CHECK(rrsets.observe(*session, request({}, {ours.begin() + 1, ours.end()}), account.context).objects.empty());
}

TEST_CASE("without the database an unwanted set of ours is still found and ours, by the scope's proof") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {alpha, beta});
  const auto seen = rrsets.observe(*session, request({alpha}), account.context);
  REQUIRE(find(seen.objects, beta.id) != nullptr);
  CHECK(find(seen.objects, beta.id)->ownership == Ownership::ours);
}

TEST_CASE("a zone that only the account's manifest names is searched for leftovers") {
  TestAccount account;
  const auto maker = account.open();
  make(account, *maker, {alpha});
  const auto& options = account.api.options();
  const auto session = account.open(
      ApplicationKey{options.application_key, options.application_secret, options.consumer_keys.front().id},
      {"example.com"});
  CHECK(find(rrsets.observe(*session, request({}), account.context).objects, alpha.id) != nullptr);
  CHECK(scopes.observe(*session, request({}), account.context).objects.size() == 1);
}

TEST_CASE("what others put into our scope is shown as foreign and spoils the proof, not the wanted sets") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {alpha, beta});
  account.add_foreign("intruder.my-event", "A", "203.0.113.66");
  const auto seen = rrsets.observe(*session, request({alpha}), account.context);
  CHECK(find(seen.objects, alpha.id)->ownership == Ownership::ours);
  CHECK(find(seen.objects, beta.id) == nullptr);
  REQUIRE(seen.foreign.size() == 2);
  CHECK(seen.foreign[1].id == rrset_id("example.com", {"intruder.my-event", "A"}));
  CHECK(seen.foreign[1].evidence == "lies in our scope, not proven ours");

  const auto owner = scopes.observe(*session, request({wanted_scope("my-event")}), account.context);
  CHECK(owner.objects.at(0).evidence ==
        "its record proves 2 RRsets, 3 stand there: unpublished changes, or others wrote there");
}

TEST_CASE("a wanted name that others hold is a conflict, and create refuses to add to it") {
  TestAccount account;
  const auto session = account.open();
  account.add_foreign("alpha.my-event", "A", "203.0.113.1");
  const auto seen = rrsets.observe(*session, request({alpha}), account.context);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects[0].ownership == Ownership::foreign);
  try {
    rrsets.create(*session, alpha, test_stamp(alpha.id), account.context);
    FAIL("create added to a foreign name");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::conflict);
    CHECK(error.message().find("203.0.113.1") != std::string::npos);
  }
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"203.0.113.1"});
}

TEST_CASE("a wanted name in our scope that holds what muster did not write is a conflict, and stays as it is") {
  TestAccount account;
  const auto session = account.open();
  auto ours = make(account, *session, {beta});
  account.add_foreign("alpha.my-event", "A", "203.0.113.9");
  const auto seen = rrsets.observe(*session, request({alpha, beta}), account.context);
  REQUIRE(find(seen.objects, alpha.id) != nullptr);
  CHECK(find(seen.objects, alpha.id)->ownership == Ownership::foreign);
  CHECK(find(seen.objects, alpha.id)->evidence.find("holds 203.0.113.9, not written by muster") == 0);
  CHECK(find(seen.objects, beta.id)->condition == Condition::ready);
}

TEST_CASE("while the wanted address is not known yet a strange value is neither taken over, proven nor removed") {
  TestAccount account;
  const auto session = account.open();
  auto ours = make(account, *session, {beta});
  account.add_foreign("alpha.my-event", "A", "203.0.113.9");
  const Resource later = with_address_to_come(alpha);
  std::vector<Observed> known;
  for (int run = 0; run < 2; ++run) {
    known = rrsets.observe(*session, request({later, beta}, known), account.context).objects;
    REQUIRE(find(known, alpha.id) != nullptr);
    CHECK(find(known, alpha.id)->condition == Condition::incomplete);
    flush(account, *session, {ours.front(), *find(known, alpha.id), *find(known, beta.id)});
  }
  const auto refusal_of = [](const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::conflict);
      CHECK(error.hint().find("delete it by hand") != std::string::npos);
      return error.message();
    }
    return std::string("nothing was refused");
  };
  const std::string words =
      "alpha.my-event.example.com A holds 203.0.113.9, not written by muster; nothing was changed";
  CHECK(refusal_of([&] { rrsets.create(*session, alpha, test_stamp(alpha.id), account.context); }) == words);
  CHECK(refusal_of([&] { rrsets.remove(*session, *find(known, alpha.id), account.context); }) == words);
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"203.0.113.9"});
}

TEST_CASE("a value that appeared since the plan keeps remove from removing anything") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = make(account, *session, {alpha});
  account.add_foreign("alpha.my-event", "A", "203.0.113.1");
  CHECK_THROWS_AS(rrsets.remove(*session, *find(ours, alpha.id), account.context), Error);
  CHECK(account.stored("alpha.my-event", "A").size() == 2);
}

TEST_CASE("another fleet's scope is foreign and names that fleet; create changes nothing") {
  TestAccount account;
  const auto session = account.open();
  const Resource owner = wanted_scope("my-event");
  scopes.create(*session, owner, test_stamp(owner.id, "someone-else"), account.context);
  const auto seen = scopes.observe(*session, request({owner}), account.context);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects[0].ownership == Ownership::foreign);
  CHECK(seen.objects[0].evidence.find("someone-else") != std::string::npos);
  try {
    scopes.create(*session, owner, test_stamp(owner.id), account.context);
    FAIL("create took over a foreign scope");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::conflict);
    CHECK(error.message().find("someone-else") != std::string::npos);
  }
  CHECK(account.stored("_muster.my-event", "TXT").size() == 1);
}

TEST_CASE("an address is kept by its readers for its ttl, or for that of the zone") {
  CHECK(rrsets.lingers(Map{{"ttl", 120}}) == std::chrono::seconds(120));
  CHECK(rrsets.lingers(Map{{"ttl", 0}}) == std::chrono::hours(1));
}

TEST_CASE("a set with records of different ttls differs from any wanted ttl") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {alpha});
  account.add_foreign("alpha.my-event", "A", "192.0.2.1", 600);
  for (const std::int64_t ttl : {60, 600}) {
    const Resource set = wanted_rrset("alpha.my-event", "A", {"192.0.2.1"}, ttl);
    CHECK(rrsets.observe(*session, request({set}), account.context).objects.at(0).attributes.int_at("ttl") != ttl);
  }
}

TEST_CASE("a CNAME never comes to stand beside other data") {
  TestAccount account;
  const auto session = account.open();
  account.add_foreign("alpha.my-event", "CNAME", "www.example.com.");
  CHECK_THROWS_AS(rrsets.create(*session, alpha, test_stamp(alpha.id), account.context), Error);
  CHECK(account.stored("alpha.my-event", "A").empty());

  const auto found = rrsets.preflight(*session, {{Verb::create, &alpha, nullptr}}, account.context);
  REQUIRE(found.size() == 1);
  CHECK(found[0].message.find("CNAME") != std::string::npos);
  CHECK(found[0].where.line == 7);
}

TEST_CASE("a TXT that stands as one of OVH's native types is left as it is") {
  TestAccount account;
  const auto session = account.open();
  account.add_foreign("mail.my-event", "SPF", "v=spf1 -all");
  const Resource text = wanted_rrset("mail.my-event", "TXT", {"v=spf1 -all"}, 0);
  rrsets.create(*session, text, test_stamp(text.id), account.context);
  CHECK(account.stored("mail.my-event", "TXT").empty());
  CHECK(account.stored("mail.my-event", "SPF").size() == 1);
}

TEST_CASE("a zone that is not deployed makes its scope incomplete, and a flush mends it") {
  sandbox::OvhOptions options;
  options.zone_rules.status_counts_unrefreshed = true;
  TestAccount account(options);
  const auto session = account.open();
  const auto ours = make(account, *session, {alpha});
  account.api.zones().add_foreign("example.com", {0, "A", "www", "203.0.113.1", 0}, false);
  const auto look = [&] {
    return scopes.observe(*session, request({wanted_scope("my-event")}), account.context).objects.at(0);
  };
  CHECK(look().condition == Condition::incomplete);
  CHECK(look().evidence == "zone example.com is not deployed");
  flush(account, *session, ours);
  CHECK(look().condition == Condition::ready);
}

TEST_CASE("a TXT whose text begins with a quote is stored and read back as it is wanted") {
  TestAccount account;
  const auto session = account.open();
  const std::string presented = "\"\\\"quoted\\\" text\"";
  const Resource text = wanted_rrset("note.my-event", "TXT", {presented}, 0);
  make(account, *session, {text});
  CHECK(account.stored("note.my-event", "TXT") == std::vector<std::string>{"\"quoted\" text"});
  for (const auto& wanted : {std::vector<Resource>{text}, std::vector<Resource>{}}) {
    const Observed made = written_as(text);
    const auto seen = rrsets.observe(*session, request(wanted, {made}), account.context);
    REQUIRE(find(seen.objects, text.id) != nullptr);
    CHECK(find(seen.objects, text.id)->attributes.at("targets") == Value(List{presented}));
  }
}
