#include "resources/ovh/drivers_for_test.h"
#include "resources/ovh/ownership.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::ovh;
using namespace muster::ovh::testing;

namespace {

std::vector<Observed> written(TestAccount& account, OvhSession& session) {
  const Resource owner = wanted_scope("my-event");
  return {scopes.create(session, owner, test_stamp(owner.id), account.context),
          rrsets.create(session, alpha, test_stamp(alpha.id), account.context)};
}

/// The conditions of the scope and of the sets, in this order, to one whose database is lost.
std::vector<Condition> looked_at(TestAccount& account, OvhSession& session, const std::vector<Resource>& sets) {
  ObserveRequest asked;
  asked.fleet = test_fleet;
  asked.wanted = {wanted_scope("my-event")};
  std::vector<Condition> conditions;
  for (const Observed& object : scopes.observe(session, asked, account.context).objects)
    conditions.push_back(object.condition);
  asked.wanted = sets;
  for (const Observed& object : rrsets.observe(session, asked, account.context).objects)
    conditions.push_back(object.condition);
  return conditions;
}

Fault fault_of_flush(TestAccount& account, OvhSession& session, const std::vector<Observed>& ours, std::string& words) {
  try {
    flush(account, session, ours);
  } catch (const Error& error) {
    words = error.full_text();
    return error.fault();
  }
  FAIL("flush succeeded");
  return Fault::usage;
}

}  // namespace

TEST_CASE("refresh is understood as 204 without a body and as 200 null") {
  for (const bool modern : {true, false}) {
    sandbox::OvhOptions options;
    options.refresh_answers_204 = modern;
    options.writes_answer_204 = modern;
    TestAccount account(options);
    const auto session = account.open();
    flush(account, *session, written(account, *session));
    CHECK(account.served("alpha.my-event") == std::vector<std::string>{"192.0.2.1"});
  }
}

TEST_CASE("flush returns only when the zone is deployed") {
  sandbox::OvhOptions options;
  options.zone_rules.refresh_duration = std::chrono::seconds(20);
  TestAccount account(options);
  const auto session = account.open();
  flush(account, *session, written(account, *session));
  CHECK(account.served("alpha.my-event"));
  CHECK(account.clock.slept() >= std::chrono::seconds(20));
}

TEST_CASE("a zone that is not deployed in a minute is a transient failure that says so") {
  sandbox::OvhOptions options;
  options.zone_rules.refresh_duration = std::chrono::hours(2);
  TestAccount account(options);
  const auto session = account.open();
  std::string words;
  CHECK(fault_of_flush(account, *session, written(account, *session), words) == Fault::transient);
  CHECK(words.find("zone example.com was not published within 60 s") != std::string::npos);
}

TEST_CASE("a refresh that meets a running one waits for it and asks again") {
  sandbox::OvhOptions options;
  options.zone_rules.refresh_duration = std::chrono::seconds(10);
  TestAccount account(options);
  const auto session = account.open();
  account.add_foreign("other", "A", "203.0.113.1");
  flush(account, *session, written(account, *session));
  CHECK(account.served("alpha.my-event") == std::vector<std::string>{"192.0.2.1"});
  CHECK(account.calls("ovh POST domain/zone/refresh") > 1);
}

TEST_CASE("flush writes the proof once and leaves an equal one alone") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = written(account, *session);
  flush(account, *session, ours);
  const auto text = account.stored("_muster.my-event", "TXT");
  REQUIRE(text.size() == 1);
  REQUIRE(parse_scope_text(text[0]));
  CHECK(parse_scope_text(text[0])->count == 1);
  CHECK(account.calls("ovh PUT domain/zone/record") == 1);
  flush(account, *session, ours);
  CHECK(account.calls("ovh PUT domain/zone/record") == 1);
}

TEST_CASE("flush never makes a scope, and leaves another fleet's alone") {
  TestAccount account;
  const auto session = account.open();
  auto ours = written(account, *session);
  scopes.remove(*session, ours.front(), account.context);
  flush(account, *session, ours);
  CHECK(account.stored("_muster.my-event", "TXT").empty());
  CHECK(account.logger.has("it is gone"));

  const Resource owner = wanted_scope("my-event");
  scopes.create(*session, owner, test_stamp(owner.id, "someone-else"), account.context);
  const auto before = account.stored("_muster.my-event", "TXT");
  flush(account, *session, ours);
  CHECK(account.stored("_muster.my-event", "TXT") == before);
}

TEST_CASE("two records of one scope, left by a late POST, become one") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = written(account, *session);
  account.add_foreign("_muster.my-event", "TXT", account.stored("_muster.my-event", "TXT").at(0));
  REQUIRE(account.stored("_muster.my-event", "TXT").size() == 2);
  flush(account, *session, ours);
  CHECK(account.stored("_muster.my-event", "TXT").size() == 1);
}

TEST_CASE("a refused refresh is a denied flush with the way out") {
  sandbox::OvhOptions options = TestAccount::with_rules({{"GET", "/domain/zone/*"},
                                                         {"POST", "/domain/zone/*/record"},
                                                         {"PUT", "/domain/zone/*"},
                                                         {"DELETE", "/domain/zone/*"}});
  TestAccount account(options);
  const auto session = account.open();
  std::string words;
  CHECK(fault_of_flush(account, *session, written(account, *session), words) == Fault::denied);
  CHECK(words.find("POST /domain/zone/example.com/refresh") != std::string::npos);
  CHECK(words.find("createToken/?GET=") != std::string::npos);
}

TEST_CASE("a key that may not read the status is believed, with a warning") {
  TestAccount account(TestAccount::with_rules({{"GET", "/domain/zone/*/record*"},
                                               {"POST", "/domain/zone/*"},
                                               {"PUT", "/domain/zone/*"},
                                               {"DELETE", "/domain/zone/*"}}));
  const auto session = account.open();
  flush(account, *session, written(account, *session));
  CHECK(account.logger.has("it is believed"));
}

TEST_CASE("what was written and never flushed is incomplete to one who knows nothing, until the flush") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = written(account, *session);
  const auto conditions = [&] { return looked_at(account, *session, {alpha}); };
  CHECK(conditions() == std::vector{Condition::incomplete, Condition::incomplete});

  const Resource owner = wanted_scope("my-event");
  const std::vector<Observed> again{scopes.create(*session, owner, test_stamp(owner.id), account.context),
                                    rrsets.create(*session, alpha, test_stamp(alpha.id), account.context)};
  CHECK(account.world.ledger.counts("record").created == 2);
  flush(account, *session, again);
  CHECK(account.served("alpha.my-event") == std::vector<std::string>{"192.0.2.1"});
  CHECK(conditions() == std::vector{Condition::ready, Condition::ready});
}

TEST_CASE("a set added to a published scope and never flushed is incomplete to one who knows nothing") {
  TestAccount account;
  const auto session = account.open();
  flush(account, *session, written(account, *session));
  rrsets.create(*session, beta, test_stamp(beta.id), account.context);
  CHECK(looked_at(account, *session, {alpha, beta}) ==
        std::vector{Condition::ready, Condition::incomplete, Condition::incomplete});
}

TEST_CASE("a scope whose last set was removed without a flush is incomplete until the flush") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = written(account, *session);
  flush(account, *session, ours);
  rrsets.remove(*session, ours.back(), account.context);
  CHECK(looked_at(account, *session, {}) == std::vector{Condition::incomplete});
  flush(account, *session, {ours.front()});
  CHECK(looked_at(account, *session, {}) == std::vector{Condition::ready});
}

TEST_CASE("records of others in a scope of ours never make it unpublished, with sets of ours or without") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = written(account, *session);
  account.add_foreign("intruder.my-event", "A", "203.0.113.66");
  flush(account, *session, ours);
  CHECK(looked_at(account, *session, {alpha}) == std::vector{Condition::ready, Condition::ready});
  rrsets.remove(*session, ours.back(), account.context);
  flush(account, *session, {ours.front()});
  CHECK(looked_at(account, *session, {}) == std::vector{Condition::ready});
}

TEST_CASE("flush proves no set that is not known to be ours") {
  TestAccount account;
  const auto session = account.open();
  auto ours = written(account, *session);
  ours.back().condition = Condition::incomplete;
  flush(account, *session, ours);
  CHECK(parse_scope_text(account.stored("_muster.my-event", "TXT").at(0))->count == 0);
}

TEST_CASE("a publication that failed is proven by nothing") {
  TestAccount account;
  const auto session = account.open();
  const auto ours = written(account, *session);
  account.fail_next("POST", "/refresh$", R"({"action": "status", "status": 503, "body": "{}"})");
  std::string words;
  CHECK(fault_of_flush(account, *session, ours, words) == Fault::transient);
  CHECK(looked_at(account, *session, {alpha}) == std::vector{Condition::incomplete, Condition::incomplete});
}

TEST_CASE("what two machines publish in turn stays proven to one who knows nothing, whoever planned before the other") {
  TestAccount account;
  const auto first = account.open();
  const auto second = account.open();
  const auto planned = written(account, *first);
  flush(account, *first, planned);

  const Resource moved = wanted_rrset("alpha.my-event", "A", {"192.0.2.9"});
  const Resource gamma = wanted_rrset("gamma.my-event", "A", {"192.0.2.3"});
  std::vector<Observed> of_second{
      planned.front(), rrsets.update(*second, moved, planned.back(), {}, test_stamp(alpha.id), account.context),
      rrsets.create(*second, beta, test_stamp(beta.id), account.context)};
  flush(account, *second, of_second);
  std::vector<Observed> of_first = planned;
  of_first.push_back(rrsets.create(*first, gamma, test_stamp(gamma.id), account.context));
  flush(account, *first, of_first);
  CHECK(looked_at(account, *account.open(), {moved, beta, gamma}) == std::vector(4, Condition::ready));

  rrsets.remove(*second, of_second.back(), account.context);
  of_second.pop_back();
  flush(account, *second, of_second);
  CHECK(looked_at(account, *account.open(), {moved, beta, gamma}) == std::vector(3, Condition::ready));
  rrsets.remove(*first, of_first.back(), account.context);
  of_first.pop_back();
  flush(account, *first, of_first);
  CHECK(looked_at(account, *account.open(), {moved, beta, gamma}) == std::vector(2, Condition::ready));
  CHECK(parse_scope_text(account.stored("_muster.my-event", "TXT").at(0))->count == 1);
}

TEST_CASE("what others put into a scope is proven by no flush, also beside another machine's") {
  TestAccount account;
  const auto first = account.open();
  const auto second = account.open();
  const auto planned = written(account, *first);
  flush(account, *first, planned);
  account.add_foreign("intruder.my-event", "A", "203.0.113.66");
  flush(account, *second,
        {planned.front(), planned.back(), rrsets.create(*second, beta, test_stamp(beta.id), account.context)});
  const Resource gamma = wanted_rrset("gamma.my-event", "A", {"192.0.2.3"});
  flush(account, *first,
        {planned.front(), planned.back(), rrsets.create(*first, gamma, test_stamp(gamma.id), account.context)});
  CHECK(parse_scope_text(account.stored("_muster.my-event", "TXT").at(0))->count == 2);
}
