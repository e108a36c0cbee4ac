// What goes wrong on the way: only the sandbox can be told to misbehave.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "resources/contract/error.h"
#include "resources/contract/parallel.h"
#include "resources/openstack/cloud_for_test.h"
#include "resources/openstack/server_list.h"
#include "tests/support/catch.h"

namespace muster::openstack {
namespace {

using nlohmann::json;
using Reach = ObserveRequest::Reach;

std::chrono::milliseconds longest_sleep(TestCloud& cloud) {
  const auto slept = cloud.clock.slept();
  return slept.empty() ? std::chrono::milliseconds(0) : *std::max_element(slept.begin(), slept.end());
}

Fault fault_of_create(TestCloud& cloud, const Resource& resource, std::uint64_t incarnation) {
  Context ambient = cloud.context();
  try {
    cloud.driver.create(cloud.session(), resource, cloud.stamp(resource, incarnation), ambient);
  } catch (const Error& error) {
    return error.fault();
  }
  FAIL("expected an error");
  return Fault::usage;
}

TEST_CASE("a create whose answer is lost is unclear, sent once, and found by its incarnation") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  for (const char* const action : {"drop-after", "truncate"}) {
    script(cloud, {{"service", "nova"}, {"method", "POST"}, {"path", "/servers$"}, {"count", 1}, {"action", action}});
    const std::uint64_t incarnation = std::string_view(action) == "truncate" ? 2 : 1;
    CHECK(fault_of_create(cloud, wanted, incarnation) == Fault::unclear);
  }
  const Observation seen = cloud.observe(Reach::listed, {wanted});
  CHECK(seen.complete);
  REQUIRE(seen.objects.size() == 2);
  CHECK(seen.objects[0].incarnation() != seen.objects[1].incarnation());
  CHECK(cloud.sandbox().ledger().created_ever("server").size() == 2);
}

TEST_CASE("a create that the server says has failed is unclear, because it may have been made") {
  TestCloud cloud;
  script(cloud, {{"service", "nova"},
                 {"method", "POST"},
                 {"path", "/servers$"},
                 {"count", 1},
                 {"action", "status"},
                 {"status", 500},
                 {"process_first", true}});
  CHECK(fault_of_create(cloud, cloud.server("a"), 1) == Fault::unclear);
  CHECK(cloud.sandbox().ledger().created_ever("server").size() == 1);
}

TEST_CASE("a create is in doubt after every answer but a refusal, a removal and a read are made again") {
  struct Row {
    json rule;
    Fault create;
    Fault others;
  };
  const json page = "<html><body><h1>a proxy's page</h1></body></html>";
  const std::vector<Row> rows{
      {{{"action", "drop-before"}}, Fault::unclear, Fault::transient},
      {{{"action", "drop-after"}}, Fault::unclear, Fault::transient},
      {{{"action", "drop-after"}, {"reset", true}}, Fault::unclear, Fault::transient},
      {{{"action", "truncate"}, {"bytes", 5}}, Fault::unclear, Fault::transient},
      {{{"action", "status"}, {"status", 408}}, Fault::unclear, Fault::transient},
      {{{"action", "status"}, {"status", 429}, {"headers", {{"Retry-After", "900"}}}},
       Fault::transient,
       Fault::transient},
      {{{"action", "status"}, {"status", 500}, {"body", "{}"}}, Fault::unclear, Fault::transient},
      {{{"action", "status"}, {"status", 502}, {"body", page}}, Fault::unclear, Fault::transient},
      {{{"action", "status"}, {"status", 503}, {"body", "busy"}}, Fault::unclear, Fault::transient},
      {{{"action", "status"}, {"status", 504}}, Fault::unclear, Fault::transient},
      {{{"action", "status"}, {"status", 200}, {"body", page}}, Fault::unclear, Fault::transient},
      {{{"action", "status"}, {"status", 200}, {"body", "[1]"}}, Fault::unclear, Fault::transient},
  };
  TestCloud cloud;
  const Observed ready = cloud.created(cloud.server("a"));
  for (const Row& row : rows) {
    CAPTURE(row.rule.dump());
    json rule = row.rule;
    rule["service"] = "nova";
    // Each meets a session that has not been told to wait.
    const auto fault = [&](const char* method, const char* path, const auto& action) {
      OpenStackSession session(cloud.session().client.identity().credentials(), Limits{8, 1000});
      cloud.sandbox().faults().clear();
      Context ambient = cloud.context();
      session.client.microversion(ambient);
      rule["method"] = method;
      rule["path"] = path;
      script(cloud, rule);
      return failure_of([&] { action(session, ambient); }).fault();
    };
    const Resource wanted = cloud.server("b");
    CHECK(fault("POST", "/servers$", [&](OpenStackSession& session, Context& ambient) {
            cloud.driver.create(session, wanted, cloud.stamp(wanted, 1), ambient);
          }) == row.create);
    CHECK(fault("GET", "/servers/detail", [&](OpenStackSession& session, Context& ambient) {
            cloud.driver.observe(session, {}, ambient);
          }) == row.others);
    // What a DELETE answers is its status: a page with 200, or half of one with 204, says that it was done.
    if (rule.value("status", 0) == 200 || rule["action"] == "truncate") continue;
    CHECK(fault("DELETE", "/servers/", [&](OpenStackSession& session, Context& ambient) {
            cloud.driver.remove(session, ready, ambient);
          }) == row.others);
  }
}

TEST_CASE("a write that is refused for the moment says so at once, and when to come back") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  Context ambient = cloud.context();
  script(cloud, {{"service", "nova"},
                 {"method", "POST|DELETE|PUT"},
                 {"action", "status"},
                 {"status", 429},
                 {"headers", {{"Retry-After", "7"}}}});
  const auto calls = cloud.sandbox().ledger().calls("nova");
  const Stamp stamp = cloud.stamp(wanted);
  const std::vector<FieldChange> changes{{"tags", List{}, List{"x"}}};
  const std::vector<std::function<void()>> writes{
      [&] { cloud.driver.create(cloud.session(), cloud.server("b"), stamp, ambient); },
      [&] { cloud.driver.update(cloud.session(), wanted, ready, changes, stamp, ambient); },
      [&] { cloud.driver.remove(cloud.session(), ready, ambient); }};
  for (const auto& write : writes) {
    const Error error = failure_of(write);
    CHECK(error.fault() == Fault::transient);
    CHECK(error.retry_after() > std::chrono::seconds(6));
    CHECK(error.retry_after() <= std::chrono::seconds(7));
    CHECK(error.message().find("429") != std::string::npos);
    // What the server asked for is left to the engine; here it passes otherwise.
    cloud.clock.sleep(std::chrono::seconds(7), {});
  }
  CHECK(cloud.sandbox().ledger().calls("nova") == calls + 3);
  const auto slept = cloud.clock.slept();
  CHECK(std::count_if(slept.begin(), slept.end(), [](auto pause) { return pause >= std::chrono::seconds(1); }) == 3);
}

TEST_CASE("a read that meets a failing server is made three times, then given up") {
  TestCloud cloud;
  REQUIRE(cloud.observe(Reach::scope, {}).complete);
  script(cloud, {{"service", "nova"}, {"method", "GET"}, {"action", "status"}, {"status", 503}});
  const auto calls = cloud.sandbox().ledger().calls("nova");
  CHECK_THROWS_AS(cloud.observe(Reach::scope, {}), Error);
  CHECK(cloud.sandbox().ledger().calls("nova") == calls + 3);
}

TEST_CASE("a read comes back as often as the server asks it to, for five minutes") {
  TestCloud cloud;
  REQUIRE(cloud.observe(Reach::scope, {}).complete);
  const json rule = {{"service", "nova"},
                     {"method", "GET"},
                     {"action", "status"},
                     {"status", 429},
                     {"headers", {{"Retry-After", "7"}}}};
  json passing = rule;
  passing["count"] = 20;
  script(cloud, passing);
  CHECK(cloud.observe(Reach::scope, {}).complete);
  CHECK(longest_sleep(cloud) >= std::chrono::seconds(7));
  CHECK(longest_sleep(cloud) < std::chrono::seconds(8));
  script(cloud, rule);
  const auto calls = cloud.sandbox().ledger().calls("nova");
  CHECK_THROWS_AS(cloud.observe(Reach::scope, {}), Error);
  CHECK(cloud.sandbox().ledger().calls("nova") == calls + 1 + 300 / 7);
}

TEST_CASE("a verb does not hold its worker while the cloud asks for a pause, and sends nothing meanwhile") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  script(cloud, {{"service", "nova"},
                 {"method", "POST"},
                 {"path", "/servers$"},
                 {"action", "status"},
                 {"status", 429},
                 {"headers", {{"Retry-After", "7"}}}});
  Context ambient = cloud.context();
  ambient.about = &wanted.id;
  const auto create = [&] { cloud.driver.create(cloud.session(), wanted, cloud.stamp(wanted, 1), ambient); };
  CHECK(failure_of(create).message().find("429") != std::string::npos);
  const auto calls = cloud.sandbox().ledger().calls("nova");
  const Error held = failure_of(create);
  CHECK(held.fault() == Fault::transient);
  CHECK(held.retry_after() > std::chrono::seconds(5));
  CHECK(held.message().find("not sent") != std::string::npos);
  CHECK(cloud.sandbox().ledger().calls("nova") == calls);
}

TEST_CASE("Keystone's limit is kept as any other: one login is refused, the others wait with it") {
  TestCloud cloud;
  script(cloud, {{"service", "keystone"},
                 {"count", 2},
                 {"action", "status"},
                 {"status", 429},
                 {"headers", {{"Retry-After", "3"}}}});
  CHECK(cloud.observe(Reach::scope, {}).complete);
  CHECK(cloud.sandbox().ledger().calls("keystone") == 3);
}

TEST_CASE("a cloud that is not there is told within ten seconds, with its address") {
  TestCloud cloud;
  Credentials credentials = cloud.session().client.identity().credentials();
  credentials.auth_url = "http://127.0.0.1:1/v3";
  OpenStackSession session(credentials, Limits{8, 100});
  Context ambient = cloud.context();
  const auto started = cloud.clock.steady_now();
  const Error error = failure_of([&] { cloud.driver.observe(session, {}, ambient); });
  CHECK(error.fault() == Fault::transient);
  CHECK(error.message().find("http://127.0.0.1:1/v3/auth/tokens: not sent") != std::string::npos);
  CHECK(error.hint().find("that the service is up") != std::string::npos);
  CHECK(cloud.clock.steady_now() - started < std::chrono::seconds(10));
}

TEST_CASE("a server that ran and failed later is told to have been ready") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  CHECK(ready.ever_ready);
  control(cloud, "/servers/" + ready.backend_id + "/state", R"({"status": "ERROR", "fault": "the host burnt"})");
  const Observed failed = cloud.await(wanted, {ready}, Condition::failed);
  CHECK(failed.ever_ready);
  CHECK(failed.evidence == "ERROR: the host burnt");
}

TEST_CASE("a catalog may leave out regions, names and addresses") {
  TestCloud cloud;
  const std::string keystone = cloud.session().client.identity().credentials().auth_url;
  const net::HttpAnswer answer = cloud.raw(net::Method::get, keystone + "/auth/tokens");
  REQUIRE(answer.status == 200);
  json body = json::parse(answer.body);
  json& catalog = body["token"]["catalog"];
  const json nameless{
      {"id", "1"}, {"interface", nullptr}, {"region", nullptr}, {"region_id", nullptr}, {"url", nullptr}};
  catalog.push_back({{"type", nullptr}, {"name", nullptr}, {"endpoints", {nameless}}});
  json without_region = catalog[0]["endpoints"][0];
  without_region["region"] = without_region["region_id"] = nullptr;
  for (json& service : catalog) {
    if (service["type"] == "compute") service["endpoints"].push_back(without_region);
  }
  catalog.push_back({{"type", "bare"}, {"endpoints", nullptr}});
  body["token"]["issued_at"] = nullptr;
  Context ambient = cloud.context();
  const std::string token = cloud.session().client.identity().token(ambient)->value;
  script(cloud, {{"service", "keystone"},
                 {"method", "POST"},
                 {"action", "status"},
                 {"status", 201},
                 {"headers", {{"X-Subject-Token", token}}},
                 {"body", body.dump()}});
  OpenStackSession session(cloud.session().client.identity().credentials(), Limits{8, 100});
  CHECK(cloud.driver.observe(session, {}, ambient).complete);
}

TEST_CASE("whoever makes them, no more calls are under way together than the connection allows") {
  TestCloud cloud;
  script(cloud, {{"service", "nova"}, {"path", "/servers/gone-"}, {"action", "pass"}, {"delay_ms", 20}});
  OpenStackSession session(cloud.session().client.identity().credentials(), Limits{2, 1000});
  Context context = cloud.context();
  at_once(12, 6, [&](std::size_t index) { read_server(session.client, fmt::format("gone-{}", index), context); });
  CHECK(cloud.sandbox().ledger().most_at_once("nova") == 2);
}

TEST_CASE("an expired token costs one more login and nothing else") {
  TestCloud cloud;
  REQUIRE(cloud.observe(Reach::scope, {}).complete);
  script(cloud, {{"service", "nova"}, {"count", 1}, {"action", "status"}, {"status", 401}});
  CHECK(cloud.observe(Reach::scope, {}).complete);
  CHECK(cloud.sandbox().ledger().calls("keystone") == 2);
}

}  // namespace
}  // namespace muster::openstack
