// Keys with few rights, zones that cannot be read, other ways to log in.

#include <algorithm>

#include "resources/ovh/drivers_for_test.h"
#include "resources/ovh/preflight.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::ovh;
using namespace muster::ovh::testing;

namespace {

/// What DNS needs at least; no listing of zones, no export.
std::vector<sandbox::OvhAccessRule> least() {
  return {{"GET", "/domain/zone/example.com/record"},      {"GET", "/domain/zone/example.com/record/*"},
          {"POST", "/domain/zone/example.com/record"},     {"PUT", "/domain/zone/example.com/record/*"},
          {"DELETE", "/domain/zone/example.com/record/*"}, {"POST", "/domain/zone/example.com/refresh"},
          {"GET", "/domain/zone/example.com/status"},      {"GET", "/auth/currentCredential"}};
}

std::vector<sandbox::OvhAccessRule> without(std::vector<sandbox::OvhAccessRule> rules, const std::string& path) {
  std::erase_if(rules, [&](const sandbox::OvhAccessRule& rule) { return rule.path == path; });
  return rules;
}

Error failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  throw std::logic_error("nothing was thrown");
}

void make_and_flush(TestAccount& account, OvhSession& session) {
  const Resource owner = wanted_scope("my-event");
  const std::vector<Observed> ours{scopes.create(session, owner, test_stamp(owner.id), account.context),
                                   rrsets.create(session, alpha, test_stamp(alpha.id), account.context)};
  rrsets.flush(session, zone_id("example.com"), ours, test_stamp(zone_id("example.com")), account.context);
}

}  // namespace

TEST_CASE("a key that may neither list zones nor export does the whole job") {
  TestAccount account(TestAccount::with_rules(least()));
  const auto session = account.open();
  CHECK(rrsets.preflight(*session, {{Verb::create, &alpha, nullptr}}, account.context).empty());
  make_and_flush(account, *session);
  const auto seen = rrsets.observe(*session, request({alpha}), account.context);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects[0].ownership == Ownership::ours);
  CHECK(account.served("alpha.my-event"));
}

TEST_CASE("without the right to export a zone is read in batches of 50, and asked to export only once") {
  TestAccount account(TestAccount::with_rules(least()));
  const auto session = account.open();
  for (int at = 0; at < 120; ++at) account.add_foreign("host" + std::to_string(at), "A", "198.51.100.1");
  for (int times = 0; times < 2; ++times) rrsets.observe(*session, request({alpha}), account.context);
  CHECK(account.calls("ovh GET domain/zone/export") == 1);
  // Two reads of one list and three batches: 120 hosts beside the four records of a fresh zone.
  CHECK(account.calls("ovh GET domain/zone/record") == 2 * 4);
}

TEST_CASE("where batches are not understood records are read one by one, completely") {
  sandbox::OvhOptions options;
  options.batch = false;
  TestAccount account(TestAccount::with_rules(least(), options));
  const auto session = account.open();
  make_and_flush(account, *session);
  for (int at = 0; at < 7; ++at) account.add_foreign("x" + std::to_string(at) + ".my-event", "A", "198.51.100.1");
  const auto seen = rrsets.observe(*session, request({alpha}), account.context);
  CHECK(seen.complete);
  CHECK(seen.objects.size() == 1);
  CHECK(seen.foreign.size() == 7);
}

TEST_CASE("a record that is listed before it can be read is waited for, not taken for absent") {
  sandbox::OvhOptions options;
  options.zone_rules.new_record_hidden_for = std::chrono::seconds(20);
  TestAccount account(options);
  const auto session = account.open();
  const Resource owner = wanted_scope("my-event");
  scopes.create(*session, owner, test_stamp(owner.id), account.context);
  scopes.create(*session, owner, test_stamp(owner.id), account.context);
  CHECK(account.world.ledger.counts("record").created == 1);
}

TEST_CASE("a key without the refresh right is refused before the first write") {
  TestAccount account(TestAccount::with_rules(without(least(), "/domain/zone/example.com/refresh")));
  const auto session = account.open();
  const auto found = rrsets.preflight(*session, {{Verb::create, &alpha, nullptr}}, account.context);
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::error);
  CHECK(found[0].message.find("POST /domain/zone/example.com/refresh") != std::string::npos);
  CHECK(found[0].message.find("record") == std::string::npos);
  CHECK(found[0].hint.find("/createToken/?GET=") != std::string::npos);
  CHECK(account.world.ledger.counts("record").created == 0);
}

TEST_CASE("where rights are not told, a missing right to publish is found before the first write, by one trial") {
  const auto rules = without(without(least(), "/auth/currentCredential"), "/domain/zone/example.com/refresh");
  TestAccount account(TestAccount::with_rules(rules));
  const auto session = account.open();
  const Resource owner = wanted_scope("my-event");
  const auto found = scopes.preflight(*session, {{Verb::create, &owner, nullptr}}, account.context);
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::error);
  CHECK(found[0].message.find("would be written but never published: OVH refused POST") != std::string::npos);
  CHECK(found[0].hint.find("/createToken/?GET=") != std::string::npos);
  CHECK(rrsets.preflight(*session, {{Verb::create, &alpha, nullptr}}, account.context).empty());
  CHECK(account.calls("ovh POST domain/zone/refresh") == 1);
  CHECK(account.world.ledger.counts("record").created == 0);
}

TEST_CASE(
    "where rights are not told and publishing works, or is under way already, there is nothing to complain about") {
  TestAccount account;
  account.api.zones().add_foreign("example.com", {0, "A", "www", "203.0.113.1", 0}, true);
  const auto session = account.open(AccessToken{"sandbox-access-token-not-a-secret"});
  account.fail_next("GET", "/auth/currentCredential", R"({"action": "status", "status": 403, "body": "{}"})");
  CHECK(rrsets.preflight(*session, {{Verb::create, &alpha, nullptr}}, account.context).empty());
  CHECK(account.calls("ovh POST domain/zone/refresh") == 1);
}

TEST_CASE("a trial that gets no answer is a warning") {
  TestAccount account(TestAccount::with_rules(without(least(), "/auth/currentCredential")));
  const auto session = account.open();
  account.fail_next("POST", "/refresh$", R"({"action": "status", "status": 503, "body": "<html>busy</html>"})");
  const auto found = rrsets.preflight(*session, {{Verb::create, &alpha, nullptr}}, account.context);
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::warning);
  CHECK(found[0].message.find("could not be tried: ") != std::string::npos);
}

TEST_CASE("a session that may only read publishes nothing to try its rights, and says once that apply will") {
  TestAccount account(TestAccount::with_rules(without(least(), "/auth/currentCredential")));
  account.context.access = Access::read;
  const auto session = account.open();
  const Resource owner = wanted_scope("my-event");
  const auto found = scopes.preflight(*session, {{Verb::create, &owner, nullptr}}, account.context);
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::warning);
  CHECK(found[0].message ==
        "whether example.com may be published is not known: OVH does not tell the rights of the login; "
        "it is tried before the first write");
  CHECK(rrsets.preflight(*session, {{Verb::create, &alpha, nullptr}}, account.context).empty());
  CHECK(account.calls("ovh POST domain/zone/refresh") == 0);
}

TEST_CASE("a session that may only read reads, and no verb of its drivers reaches the zone") {
  TestAccount account;
  const auto session = account.open(OAuth2Client{"EU.sandboxclient", "sandbox-client-secret-not-a-secret"});
  make_and_flush(account, *session);
  account.context.access = Access::read;
  const auto reader = account.open(OAuth2Client{"EU.sandboxclient", "sandbox-client-secret-not-a-secret"});
  const auto seen = rrsets.observe(*reader, request({alpha}), account.context);
  REQUIRE(seen.objects.size() == 1);

  const Error created = failure_of([&] { rrsets.create(*reader, beta, test_stamp(beta.id), account.context); });
  CHECK(created.fault() == Fault::permanent);
  CHECK(created.message().find("was not sent: this command may only read") != std::string::npos);
  failure_of([&] { rrsets.remove(*reader, seen.objects[0], account.context); });
  const ResourceId zone = zone_id("example.com");
  failure_of([&] { rrsets.flush(*reader, zone, seen.objects, test_stamp(zone), account.context); });
  CHECK(account.stored("alpha.my-event", "A") == std::vector<std::string>{"192.0.2.1"});
  CHECK(account.stored("beta.my-event", "A").empty());
}

TEST_CASE("rights that are told are not tried") {
  TestAccount account;
  const auto session = account.open();
  CHECK(rrsets.preflight(*session, {{Verb::create, &alpha, nullptr}}, account.context).empty());
  CHECK(account.calls("ovh POST domain/zone/refresh") == 0);
}

TEST_CASE("preflight names every problem of every set at once, at its place") {
  TestAccount account;
  const auto session = account.open();
  const Resource low = wanted_rrset("low.my-event", "A", {"192.0.2.1"}, 59);
  const Resource odd = wanted_rrset("o_d.my-event", "AAAA", {"2001:db8::1"});
  const Resource wrong = wanted_rrset("w.my-event", "A", {"2001:db8::1"});
  const auto found = rrsets.preflight(
      *session, {{Verb::create, &low, nullptr}, {Verb::create, &odd, nullptr}, {Verb::create, &wrong, nullptr}},
      account.context);
  REQUIRE(found.size() == 3);
  CHECK(found[0].message.find("ttl 59") != std::string::npos);
  CHECK(found[1].message.find("underscore") != std::string::npos);
  CHECK(found[2].message.find("no IPv4 address") != std::string::npos);
  for (const Diagnostic& diagnostic : found) CHECK(diagnostic.where.file == "event.yaml");
}

TEST_CASE("a rule's star stands for any text") {
  CHECK(allows({"GET", "/*"}, "GET", "/domain/zone/example.com/record/1"));
  CHECK(allows({"GET", "/domain/zone/*/record*"}, "GET", "/domain/zone/example.com/record"));
  CHECK_FALSE(allows({"GET", "/domain/zone/*"}, "POST", "/domain/zone/example.com/record"));
  CHECK_FALSE(allows({"GET", "/domain/zone/example.org/*"}, "GET", "/domain/zone/example.com/record"));
}

TEST_CASE("an expired or missing zone is unknown and the good one beside it complete") {
  sandbox::OvhOptions options;
  options.expired_zones = {"expired.example"};
  TestAccount account(options);
  const auto session = account.open();
  make_and_flush(account, *session);
  const Resource expired = wanted_rrset("a.e", "A", {"192.0.2.1"}, 60, "e", "expired.example");
  const Resource missing = wanted_rrset("a.e", "A", {"192.0.2.1"}, 60, "e", "missing.example");
  const Resource absent = wanted_rrset("absent.my-event", "A", {"192.0.2.1"});
  const auto seen = rrsets.observe(*session, request({alpha, expired, missing, absent}), account.context);
  CHECK(seen.complete);
  REQUIRE(seen.objects.size() == 3);
  std::map<ResourceId, const Observed*> by_id;
  for (const Observed& object : seen.objects) by_id[object.id] = &object;
  CHECK(by_id.at(alpha.id)->condition == Condition::ready);
  CHECK(by_id.at(expired.id)->condition == Condition::unknown);
  CHECK(by_id.at(expired.id)->evidence.find("This service is expired") != std::string::npos);
  CHECK(by_id.at(missing.id)->condition == Condition::unknown);
  CHECK(by_id.at(missing.id)->evidence.find("This service does not exist") != std::string::npos);
  CHECK(seen.why_incomplete.find("expired.example") != std::string::npos);
}

TEST_CASE("what was known in a zone that cannot be read stays known, as unknown") {
  sandbox::OvhOptions options;
  options.expired_zones = {"expired.example"};
  TestAccount account(options);
  const auto session = account.open();
  ObserveRequest asked = request({});
  Observed known;
  known.id = rrset_id("expired.example", {"a.e", "A"});
  known.ownership = Ownership::ours;
  known.condition = Condition::ready;
  known.attributes = Map{{"zone", "expired.example"}};
  asked.known = {known};
  const auto seen = rrsets.observe(*session, asked, account.context);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects[0].condition == Condition::unknown);
  CHECK(seen.objects[0].ownership == Ownership::ours);
  CHECK(seen.objects[0].attributes == known.attributes);
}

TEST_CASE("wrong credentials fail the whole observation and tell which of them is wrong") {
  TestAccount account;
  const auto& options = account.api.options();
  const auto observe_as = [&](Login login) {
    const auto session = account.open(std::move(login));
    return failure_of([&] { rrsets.observe(*session, request({alpha}), account.context); });
  };
  const std::string consumer = options.consumer_keys.front().id;
  const Error secret = observe_as(ApplicationKey{options.application_key, "wrong", consumer});
  CHECK(secret.fault() == Fault::denied);
  CHECK(secret.hint().find("application secret") != std::string::npos);
  const Error key = observe_as(ApplicationKey{"unknown", options.application_secret, consumer});
  CHECK(key.fault() == Fault::denied);
  CHECK(key.hint().find("one platform") != std::string::npos);
  const Error validated = observe_as(ApplicationKey{options.application_key, options.application_secret, "unknown"});
  CHECK(validated.hint().find("never validated") != std::string::npos);
  const Error token = observe_as(AccessToken{"wrong"});
  CHECK(token.fault() == Fault::denied);
  const Error client = observe_as(OAuth2Client{"EU.sandboxclient", "wrong"});
  CHECK(client.fault() == Fault::denied);
  CHECK(client.hint().find("clientSecret") != std::string::npos);
}

TEST_CASE("a wrong local clock is allowed for, and a jump is noticed and allowed for again") {
  TestAccount account;
  account.clock.behind = std::chrono::hours(3);
  const auto session = account.open();
  rrsets.observe(*session, request({alpha}), account.context);
  account.clock.behind = std::chrono::hours(-5);
  rrsets.observe(*session, request({alpha}), account.context);
  CHECK(account.calls("ovh GET auth/time") == 2);
}

TEST_CASE("a clock that is wrong by minutes is told before anything is written, whatever the login") {
  for (const auto& [behind, severity] : {std::pair(2, Severity::warning), std::pair(-10, Severity::error)}) {
    for (const bool by_key : {true, false}) {
      TestAccount account;
      account.clock.behind = std::chrono::minutes(behind);
      const auto session = by_key ? account.open() : account.open(AccessToken{"sandbox-access-token-not-a-secret"});
      // OVH tells a token no rights: that is a warning of its own.
      std::vector<Diagnostic> problems = rrsets.preflight(*session, {{Verb::create, &alpha, nullptr}}, account.context);
      std::erase_if(problems,
                    [](const Diagnostic& problem) { return problem.message.find("clock") == std::string::npos; });
      REQUIRE(problems.size() == 1);
      CHECK(problems[0].severity == severity);
      const std::string words = behind > 0 ? " behind that of OVH at http://" : " ahead of that of OVH at http://";
      CHECK(problems[0].message.find(words) != std::string::npos);
    }
  }
}

TEST_CASE("an OAuth2 client fetches one token, and another when that one ends") {
  TestAccount account;
  const auto session = account.open(OAuth2Client{"EU.sandboxclient", "sandbox-client-secret-not-a-secret"});
  make_and_flush(account, *session);
  CHECK(account.calls("ovh POST oauth2/token") == 1);
  CHECK(account.calls("ovh GET auth/time") == 0);
  account.clock.sleep(std::chrono::hours(2), {});
  rrsets.observe(*session, request({alpha}), account.context);
  CHECK(account.calls("ovh POST oauth2/token") == 2);
}

TEST_CASE("a plain access token is borne as it is") {
  TestAccount account;
  const auto session = account.open(AccessToken{"sandbox-access-token-not-a-secret"});
  make_and_flush(account, *session);
  CHECK(account.served("alpha.my-event"));
}

TEST_CASE("server errors of reads are met with three tries within seconds") {
  TestAccount account;
  const auto session = account.open();
  account.fail_next("GET", "/export$",
                    R"({"action": "status", "status": 503, "body": "<html>busy</html>", "count": 2})");
  CHECK_NOTHROW(rrsets.observe(*session, request({alpha}), account.context));
  CHECK(account.calls("ovh GET domain/zone/export") == 3);
  CHECK(account.clock.slept() >= std::chrono::seconds(3));
  CHECK(account.clock.slept() <= std::chrono::seconds(6));

  account.fail_next("GET", "/export$",
                    R"({"action": "status", "status": 503, "body": "<html>busy</html>", "count": 9})");
  const auto seen = rrsets.observe(*session, request({alpha}), account.context);
  CHECK(account.calls("ovh GET domain/zone/export") == 6);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects[0].condition == Condition::unknown);
  CHECK(seen.objects[0].evidence.find("HTTP 503") != std::string::npos);
}

TEST_CASE("where nobody listens a read gives up within 10 s") {
  std::string closed;
  {
    const TestAccount gone;
    closed = gone.service.url() + "/1.0";
  }
  TestAccount account;
  const auto session = std::make_unique<OvhSession>(
      Credentials{find_endpoint(closed), AccessToken{"sandbox-access-token-not-a-secret"}, "the test"}, Budget{},
      std::vector<std::string>{});
  const Error error = failure_of([&] { rrsets.observe(*session, request({alpha}), account.context); });
  CHECK(error.fault() == Fault::transient);
  CHECK(account.counter.total() > 1);
  CHECK(account.clock.slept() <= std::chrono::seconds(5));
}

TEST_CASE("a server that asks a read to wait is waited for, for minutes but not for ever") {
  TestAccount account;
  const auto session = account.open();
  account.fail_next("GET", "/export$",
                    R"({"action": "status", "status": 429, "body": "{}", "headers": {"Retry-After": "20"}})");
  CHECK(rrsets.observe(*session, request({alpha}), account.context).complete);
  CHECK(account.clock.slept() >= std::chrono::seconds(20));
  CHECK(account.clock.slept() < std::chrono::seconds(21));
  account.fail_next("GET", "/export$",
                    R"({"action": "status", "status": 429, "body": "{}", "headers": {"Retry-After": "3000"}})");
  CHECK(rrsets.observe(*session, request({alpha}), account.context).objects.at(0).condition == Condition::unknown);
  CHECK(account.clock.slept() < std::chrono::seconds(21));
}

TEST_CASE("a write is made once: 429 is transient with the pause that was asked for, a 503 to a POST unclear") {
  TestAccount account;
  const auto session = account.open();
  make_and_flush(account, *session);
  const auto before = account.clock.slept();
  const auto create = [&] { rrsets.create(*session, beta, test_stamp(beta.id), account.context); };
  account.fail_next("POST", "/record$",
                    R"({"action": "status", "status": 429, "body": "{}", "headers": {"Retry-After": "7"}})");
  const Error busy = failure_of(create);
  CHECK(busy.fault() == Fault::transient);
  CHECK(busy.retry_after() == std::chrono::seconds(7));
  account.fail_next("POST", "/record$", R"({"action": "status", "status": 503, "body": "{}"})");
  CHECK(failure_of(create).fault() == Fault::unclear);
  // The next call is not made before the time that was asked for.
  CHECK(account.clock.slept() == before + std::chrono::seconds(7));
  CHECK_NOTHROW(create());
  CHECK(account.stored("beta.my-event", "A").size() == 1);
}

TEST_CASE("a batch that met a server error is no reason to read one by one ever after") {
  TestAccount account(TestAccount::with_rules(least()));
  const auto session = account.open();
  account.fail_next("GET", "/record/[0-9]+,", R"({"action": "status", "status": 503, "body": "{}", "count": 3})");
  const auto seen = rrsets.observe(*session, request({alpha}), account.context);
  CHECK(seen.objects.at(0).condition == Condition::unknown);
  const auto before = account.calls("ovh GET domain/zone/record");
  CHECK(rrsets.observe(*session, request({alpha}), account.context).objects.empty());
  // The list and one batch for the four records of a fresh zone.
  CHECK(account.calls("ovh GET domain/zone/record") == before + 2);
}

TEST_CASE("every call but the clock's is booked on one key, and waited for") {
  TestAccount account;
  account.budget.wait = std::chrono::milliseconds(1000);
  const auto session = account.open();
  rrsets.observe(*session, request({alpha}), account.context);
  REQUIRE(account.budget.booked.size() == 1);
  CHECK(account.budget.booked.begin()->first.find("sandboxappkey000") != std::string::npos);
  CHECK(account.budget.booked.begin()->second == 1);
  CHECK(account.clock.slept() == std::chrono::milliseconds(1000));
}

TEST_CASE("a wait for the account's own limit says what is waited for, and when that is over") {
  TestAccount account;
  account.budget.wait = std::chrono::milliseconds(11'000);
  const auto session = account.open();
  const ResourceId about{"ovh.rrset", "example.com/a/A"};
  account.context.about = &about;
  rrsets.observe(*session, request({alpha}), account.context);
  CHECK(account.progress.said() ==
        std::vector<std::string>{"example.com/a/A: waiting for ovh's limit of 60 requests a minute",
                                 "example.com/a/A: "});
  CHECK(account.logger.has("waiting for ovh's limit of 60 requests a minute: 11.0 s"));
}

TEST_CASE("a stop keeps the next call from being made") {
  TestAccount account;
  const auto session = account.open();
  account.stop.request_stop();
  const Error error = failure_of([&] { rrsets.observe(*session, request({alpha}), account.context); });
  CHECK(error.fault() == Fault::interrupted);
  CHECK(account.world.ledger.calls("ovh") == 0);
}
