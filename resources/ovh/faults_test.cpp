// What comes back instead of an answer, call by call, and what that leads to.

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "resources/ovh/drivers_for_test.h"
#include "resources/ovh/names.h"
#include "resources/ovh/test_account.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::ovh;
using namespace muster::ovh::testing;

namespace {

/// The fault's name, or "done".
std::string end_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(to_string(error.fault()));
  }
  return "done";
}

struct Row {
  const char* rule;
  const char* create;  ///< a POST of a record
  const char* remove;  ///< a DELETE of one
  const char* read;    ///< how an observation ends: "open" is an incomplete one, "closed" says that the zone is no zone
};

}  // namespace

TEST_CASE("a create is in doubt after every answer but a refusal, a removal and a read are made again") {
  const Row row = GENERATE(values<Row>({
      {R"({"action": "drop-before"})", "unclear", "transient", "transient"},
      {R"({"action": "drop-after"})", "unclear", "transient", "transient"},
      {R"({"action": "drop-after", "reset": true})", "unclear", "transient", "transient"},
      {R"({"action": "truncate", "bytes": 3})", "unclear", "transient", "transient"},
      {R"({"action": "status", "status": 408, "body": "{}"})", "unclear", "transient", "open"},
      {R"({"action": "status", "status": 429, "body": "{}", "headers": {"Retry-After": "900"}})", "transient",
       "transient", "open"},
      {R"({"action": "status", "status": 500, "body": "{}"})", "unclear", "transient", "open"},
      {R"({"action": "status", "status": 502, "body": "<html><body><h1>Bad Gateway</h1></body></html>"})", "unclear",
       "transient", "open"},
      {R"({"action": "status", "status": 503, "body": "busy"})", "unclear", "transient", "open"},
      {R"({"action": "status", "status": 504, "body": ""})", "unclear", "transient", "open"},
      {R"({"action": "status", "status": 200, "body": "<html>a proxy's page</html>"})", "unclear", "transient",
       "transient"},
      {R"({"action": "status", "status": 460, "body": "{\"message\": \"This service is expired\"}"})", "permanent",
       "permanent", "closed"},
  }));
  CAPTURE(row.rule);
  TestAccount account;
  const auto session = account.open();
  const auto ours = make(account, *session, {alpha});
  // Each meets a session that has not been told to wait.
  const auto end = [&](const char* method, const std::string& path, const std::function<void(OvhSession&)>& action) {
    const auto fresh = account.open();
    nlohmann::json rule = nlohmann::json::parse(row.rule);
    rule["count"] = 9;
    account.fail_next(method, path, rule.dump());
    return end_of([&] { action(*fresh); });
  };
  CHECK(end("POST", "/record$",
            [&](OvhSession& open) { rrsets.create(open, beta, test_stamp(beta.id), account.context); }) == row.create);
  CHECK(end("DELETE", "/record/",
            [&](OvhSession& open) { rrsets.remove(open, *find(ours, alpha.id), account.context); }) == row.remove);
  std::string how = "open";
  const std::string read = end("GET", "/export$", [&](OvhSession& open) {
    const Observation seen = rrsets.observe(open, request({alpha}), account.context);
    REQUIRE(seen.objects.size() == 1);
    CHECK(seen.objects.at(0).condition == Condition::unknown);
    if (seen.complete) how = "closed";
  });
  CHECK((read == "done" ? how : read) == row.read);
}

TEST_CASE("a call is signed when its turn has come, however long it waited for that") {
  TestAccount account;
  const auto session = account.open();
  session->client().get("/domain/zone/example.com/record", account.context);
  account.fail_next("PUT", "/record/",
                    R"({"action": "status", "status": 429, "body": "{}", "headers": {"Retry-After": "200"}})");
  CHECK(end_of([&] {
          session->client().call({net::Method::put, "/domain/zone/example.com/record/1", "{}", true}, account.context);
        }) == "transient");
  session->client().get("/domain/zone/example.com/record", account.context);
  CHECK(account.clock.slept() >= std::chrono::seconds(200));
  CHECK(account.calls("ovh GET auth/time") == 1);
}

TEST_CASE("a zone that could not be read for a moment leaves open what stands there; a zone that is none does not") {
  TestAccount account;
  const auto session = account.open();
  make(account, *session, {alpha});
  ObserveRequest nothing_wanted = request({});
  nothing_wanted.reach = ObserveRequest::Reach::scope;
  nothing_wanted.marks = {wanted_scope("my-event").id};
  for (const Driver* driver : {static_cast<const Driver*>(&rrsets), static_cast<const Driver*>(&scopes)}) {
    account.fail_next("GET", "example.com/export$", R"({"action": "status", "status": 503, "body": "{}", "count": 9})");
    const Observation seen = driver->observe(*session, nothing_wanted, account.context);
    CHECK_FALSE(seen.complete);
    CHECK(seen.why_incomplete.find("HTTP 503") != std::string::npos);
  }
  account.world.faults.clear();
  nothing_wanted.marks = {scope_id("no-such-zone.example", "my-event")};
  CHECK(rrsets.observe(*session, nothing_wanted, account.context).complete);
}
