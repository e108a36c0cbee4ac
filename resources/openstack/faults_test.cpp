// What goes wrong on the way: only the sandbox can be told to misbehave.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "resources/contract/error.h"
#include "resources/openstack/cloud_for_test.h"
#include "tests/support/catch.h"

namespace muster::openstack {
namespace {

using nlohmann::json;
using Reach = ObserveRequest::Reach;

void script(TestCloud& cloud, json rule) { cloud.sandbox().faults().load({{"rules", json::array({std::move(rule)})}}); }

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
  script(cloud, {{"service", "nova"}, {"method", "POST"}, {"path", "/servers$"}, {"count", 1}, {"action", "status"},
                 {"status", 500}, {"process_first", true}});
  CHECK(fault_of_create(cloud, cloud.server("a"), 1) == Fault::unclear);
  CHECK(cloud.sandbox().ledger().created_ever("server").size() == 1);
}

TEST_CASE("a create refused for its haste is repeated when the server says so") {
  TestCloud cloud;
  script(cloud, {{"service", "nova"}, {"method", "POST"}, {"path", "/servers$"}, {"count", 2}, {"action", "status"},
                 {"status", 429}, {"headers", {{"Retry-After", "7"}}}});
  cloud.created(cloud.server("a"));
  const auto slept = cloud.clock.slept();
  const auto obeyed = std::count_if(slept.begin(), slept.end(), [](std::chrono::milliseconds duration) {
    return duration >= std::chrono::seconds(7) && duration < std::chrono::seconds(8);
  });
  CHECK(obeyed == 2);
  CHECK(cloud.sandbox().ledger().created_ever("server").size() == 1);
}

TEST_CASE("a read is repeated five times with growing waits, then given up") {
  TestCloud cloud;
  REQUIRE(cloud.observe(Reach::scope, {}).complete);
  script(cloud, {{"service", "nova"}, {"method", "GET"}, {"action", "status"}, {"status", 503}});
  const auto calls = cloud.sandbox().ledger().calls("nova");
  CHECK_THROWS_AS(cloud.observe(Reach::scope, {}), Error);
  CHECK(cloud.sandbox().ledger().calls("nova") == calls + 6);
  for (const auto duration : cloud.clock.slept()) CHECK(duration <= std::chrono::seconds(30));
}

TEST_CASE("lists longer than a page are read whole, one call a page") {
  auto options = TestCloud::quick();
  options.page_maximum = 2;
  TestCloud cloud(options);
  std::vector<Resource> wanted;
  for (int i = 0; i < 4; ++i) {
    wanted.push_back(cloud.server(fmt::format("h{}", i)));
    cloud.created(wanted.back());
  }
  const auto calls = cloud.sandbox().ledger().calls("nova");
  const Observation seen = cloud.observe(Reach::scope, wanted);
  CHECK(seen.complete);
  CHECK(seen.objects.size() == 4);
  // The last page is full as well, so an empty one follows.
  CHECK(cloud.sandbox().ledger().calls("nova") == calls + 3);
}

TEST_CASE("a list that breaks off is incomplete and keeps what was read") {
  auto options = TestCloud::quick();
  options.page_maximum = 2;
  TestCloud cloud(options);
  std::vector<Resource> wanted;
  for (int i = 0; i < 3; ++i) {
    wanted.push_back(cloud.server(fmt::format("h{}", i)));
    cloud.created(wanted.back());
  }
  script(cloud, {{"service", "nova"}, {"path", "marker="}, {"action", "status"}, {"status", 400}});
  const Observation seen = cloud.observe(Reach::scope, wanted);
  CHECK_FALSE(seen.complete);
  CHECK(seen.why_incomplete.find("after 2 servers") != std::string::npos);
  CHECK(seen.objects.size() == 2);
}

TEST_CASE("a known server that the list leaves out is confirmed by its id and makes the list incomplete") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  script(cloud, {{"service", "nova"}, {"path", "/servers/detail"}, {"action", "status"}, {"status", 200},
                 {"body", R"({"servers": []})"}});
  const Observation seen = cloud.observe(Reach::scope, {wanted}, {ready});
  CHECK_FALSE(seen.complete);
  CHECK(seen.why_incomplete.find(ready.backend_id) != std::string::npos);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects.front() == ready);
}

TEST_CASE("a server whose cell does not answer is unknown, not gone") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  const json bare{{"servers", {{{"id", ready.backend_id}, {"status", "UNKNOWN"}}}}};
  script(cloud, {{"service", "nova"}, {"path", "/servers/detail"}, {"action", "status"}, {"status", 200},
                 {"body", bare.dump()}});
  const Observation seen = cloud.observe(Reach::scope, {wanted}, {ready});
  CHECK_FALSE(seen.complete);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects.front().condition == Condition::unknown);
  CHECK(seen.objects.front().stamp == ready.stamp);
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
