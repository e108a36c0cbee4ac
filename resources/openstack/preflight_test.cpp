// What preflight asks, and when a quota that is too small is an error.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "resources/openstack/cloud_for_test.h"
#include "tests/support/catch.h"
#include "tests/support/contains.h"

namespace muster::openstack {
namespace {

using muster::test::contains;
using nlohmann::json;

PlannedWrite side_by_side(const Resource& resource) { return {Verb::replace, &resource, nullptr}; }
PlannedWrite remove_then_create(const Resource& resource, const Observed& old) {
  return {Verb::replace, &resource, &old};
}
PlannedWrite removal_of(const Observed& old) { return {Verb::remove, nullptr, &old}; }

std::vector<Diagnostic> preflight(TestCloud& cloud, const std::vector<PlannedWrite>& writes) {
  Context ambient = cloud.context();
  return cloud.driver.preflight(cloud.session(), writes, ambient);
}

void fail_all(TestCloud& cloud, const char* service, int status) {
  cloud.sandbox().faults().load(
      {{"rules", {{{"service", service}, {"method", "GET"}, {"action", "status"}, {"status", status}}}}});
}

std::unique_ptr<TestCloud> room_for(int servers) {
  auto options = TestCloud::quick();
  options.quota_instances = servers;
  options.quota_cores = servers;
  return std::make_unique<TestCloud>(options);
}

TEST_CASE("a name that nothing has is asked for once, however many servers want it") {
  TestCloud cloud;
  std::vector<Resource> hosts;
  for (int i = 0; i < 20; ++i) {
    hosts.push_back(cloud.server(fmt::format("h{}", i)));
    for (const char* const field : {"image", "flavor", "network", "key_pair"}) {
      hosts.back().wanted.as_map()[field] = "missing";
    }
    hosts.back().wanted.as_map()["security_groups"] = List{"missing"};
  }
  CHECK(preflight(cloud, {create_of(hosts[0])}).size() == 5);
  const auto calls = cloud.calls.total();
  std::vector<PlannedWrite> writes;
  for (const Resource& host : hosts) writes.push_back(create_of(host));
  CHECK(preflight(cloud, writes).size() == 5);
  // Only the quotas, which change from one moment to the next, are read again.
  CHECK(cloud.calls.total() == calls + 2);
}

TEST_CASE("a cloud that refuses or does not answer is told once, not once per server") {
  TestCloud cloud;
  const Resource first = cloud.server("a");
  Resource second = cloud.server("b");
  second.wanted.as_map()["image"] = "Debian 11";
  second.origin.line = 9;
  Context ambient = cloud.context();
  cloud.session().client.microversion(ambient);
  for (const int status : {403, 503}) {
    CAPTURE(status);
    fail_all(cloud, "glance", status);
    const auto calls = cloud.sandbox().ledger().calls("glance");
    const auto problems = preflight(cloud, {create_of(first), create_of(second)});
    REQUIRE(problems.size() == 1);
    CHECK(contains(problems[0].message, fmt::format("glance GET images: {}", status)));
    CHECK(cloud.sandbox().ledger().calls("glance") == calls + (status == 403 ? 1 : 3));
  }
}

TEST_CASE("a look-up that failed for a moment is made again") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  fail_all(cloud, "neutron", 503);
  CHECK(preflight(cloud, {create_of(wanted)}).size() == 1);
  cloud.sandbox().faults().clear();
  CHECK(preflight(cloud, {create_of(wanted)}).empty());
}

TEST_CASE("a replacement beside the old server that finds no room is a warning, more creates than room an error") {
  const auto cloud = room_for(2);
  const Resource a = cloud->server("a");
  const Resource b = cloud->server("b");
  cloud->created(a);
  CHECK(preflight(*cloud, {create_of(b)}).empty());
  CHECK(preflight(*cloud, {side_by_side(a)}).empty());
  const auto beside = preflight(*cloud, {create_of(b), side_by_side(a)});
  REQUIRE(beside.size() == 2);
  for (const Diagnostic& problem : beside) CHECK(problem.severity == Severity::warning);
  CHECK(contains(beside[0].message, "allows 2 cores, 1 are used, the plan needs 2 more"));
  const auto too_many = preflight(*cloud, {create_of(b), create_of(cloud->server("c"))});
  REQUIRE(too_many.size() == 2);
  for (const Diagnostic& problem : too_many) CHECK(problem.severity == Severity::error);
}

TEST_CASE("a server that goes before its replacement is made leaves its room to it") {
  const auto cloud = room_for(1);
  const Resource a = cloud->server("a");
  const Observed old = cloud->created(a);
  CHECK(preflight(*cloud, {remove_then_create(a, old)}).empty());
  Resource larger = a;
  larger.wanted.as_map()["flavor"] = "b2-7";
  const auto problems = preflight(*cloud, {remove_then_create(larger, old)});
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].severity == Severity::error);
  CHECK(contains(problems[0].message, "allows 1 cores, 1 are used, the plan needs 2 more and gives back 1"));
}

TEST_CASE("what the plan removes and what is being deleted may make room, so it is no error that they are there") {
  auto options = TestCloud::quick();
  options.quota_instances = 2;
  options.delete_time = std::chrono::minutes(10);
  TestCloud cloud(options);
  const Observed a = cloud.created(cloud.server("a"));
  const Observed b = cloud.created(cloud.server("b"));
  const Resource c = cloud.server("c");
  const auto one_goes = preflight(cloud, {create_of(c), removal_of(a)});
  REQUIRE(one_goes.size() == 1);
  CHECK(one_goes[0].severity == Severity::warning);
  CHECK(contains(one_goes[0].message, "allows 2 servers, 2 are used, the plan needs 1 more and gives back 1"));
  const auto none_goes = preflight(cloud, {create_of(c)});
  REQUIRE(none_goes.size() == 1);
  CHECK(none_goes[0].severity == Severity::error);
  Context ambient = cloud.context();
  REQUIRE(cloud.driver.remove(cloud.session(), b, ambient));
  const auto under_way = preflight(cloud, {create_of(c)});
  REQUIRE(under_way.size() == 1);
  CHECK(under_way[0].severity == Severity::warning);
}

TEST_CASE("ports count where the cloud tells them, and are left out where it does not") {
  auto options = TestCloud::quick();
  options.quota_ports = 1;
  TestCloud cloud(options);
  const Resource a = cloud.server("a");
  const Resource b = cloud.server("b");
  CHECK(preflight(cloud, {create_of(a)}).empty());
  const auto problems = preflight(cloud, {create_of(a), create_of(b)});
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].severity == Severity::error);
  CHECK(contains(problems[0].message, "allows 1 ports, 0 are used, the plan needs 2 more"));
  for (const int status : {403, 404}) {
    cloud.sandbox().faults().load({{"rules", {{{"path", "/quotas/"}, {"action", "status"}, {"status", status}}}}});
    CHECK(preflight(cloud, {create_of(a), create_of(b)}).empty());
  }
}

/// Answers that the sandbox's own cloud cannot give.
void answer(TestCloud& cloud, const char* service, const char* path, const json& body) {
  cloud.sandbox().faults().load({{"rules",
                                  {{{"service", service},
                                    {"method", "GET"},
                                    {"path", path},
                                    {"action", "status"},
                                    {"status", 200},
                                    {"headers", {{"Content-Type", "application/json"}}},
                                    {"body", body.dump()}}}}});
}

Resource with(const TestCloud& cloud, const char* field, const char* value) {
  Resource wanted = cloud.server("a");
  wanted.wanted.as_map()[field] = value;
  return wanted;
}

/// The only problem there is.
Diagnostic only(const std::vector<Diagnostic>& problems) {
  REQUIRE(problems.size() == 1);
  return problems.front();
}

TEST_CASE("an image that is not active is told from one that does not exist") {
  TestCloud cloud;
  // The filter status=active comes first in the path of the look-up that finds nothing.
  answer(cloud, "glance", "images\\?name=fresh",
         {{"images", {{{"id", "11111111-2222-3333-4444-555555555555"}, {"name", "fresh"}, {"status", "queued"}}}}});
  const Resource wanted = with(cloud, "image", "fresh");
  const Diagnostic problem = only(preflight(cloud, {create_of(wanted)}));
  CHECK(problem.message == "the image \"fresh\" is queued, not active");
  CHECK(problem.hint == "wait until its upload is over, or choose another image");
}

TEST_CASE(
    "an image that fills more than the flavor's disk, or needs more memory, is refused; without a disk any fits") {
  TestCloud cloud;
  const std::int64_t gib = std::int64_t{1} << 30;
  answer(cloud, "glance", "images\\?status=active&name=large",
         {{"images",
           {{{"id", "11111111-2222-3333-4444-555555555555"},
             {"name", "large"},
             {"status", "active"},
             {"size", gib},
             {"virtual_size", 25 * gib + 1},
             {"min_disk", 0},
             {"min_ram", 4096}}}}});
  const Resource wanted = with(cloud, "image", "large");
  const auto problems = preflight(cloud, {create_of(wanted)});
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].message == "the image \"large\" fills 26 GB, the flavor \"d2-2\" has a disk of 25");
  CHECK(problems[1].message == "the image \"large\" needs 4096 MB of memory, the flavor \"d2-2\" has 2000");
  Resource larger = wanted;
  larger.wanted.as_map()["flavor"] = "b2-7";
  CHECK(preflight(cloud, {create_of(larger)}).empty());
}

TEST_CASE("an external network that is not shared is warned about") {
  TestCloud cloud;
  const auto network = [](bool shared) {
    return json{{"networks",
                 {{{"id", "11111111-2222-3333-4444-555555555555"},
                   {"name", "uplink"},
                   {"router:external", true},
                   {"shared", shared}}}}};
  };
  answer(cloud, "neutron", "networks", network(false));
  const Resource wanted = with(cloud, "network", "uplink");
  const Diagnostic problem = only(preflight(cloud, {create_of(wanted)}));
  CHECK(problem.message ==
        "the network \"uplink\" is external and not shared with the project; most clouds let only administrators put "
        "servers on such a network");
  CHECK(problem.severity == Severity::warning);
  TestCloud open;
  answer(open, "neutron", "networks", network(true));
  const Resource shared = with(open, "network", "uplink");
  CHECK(preflight(open, {create_of(shared)}).empty());
}

TEST_CASE("two networks of one name are told with their ids") {
  TestCloud cloud;
  answer(cloud, "neutron", "networks",
         {{"networks", {{{"id", "net-2"}, {"name", "twice"}}, {{"id", "net-1"}, {"name", "twice"}}}}});
  const Resource wanted = with(cloud, "network", "twice");
  const Diagnostic problem = only(preflight(cloud, {create_of(wanted)}));
  CHECK(problem.message == "2 networks are called \"twice\": net-1, net-2");
  CHECK(problem.hint == "write the id instead of the name");
}

TEST_CASE("a clock that is wrong by minutes is told before anything is written") {
  for (const auto& [minutes, severity] : {std::pair(2, Severity::warning), std::pair(10, Severity::error)}) {
    TestCloud cloud;
    cloud.clock.sleep(std::chrono::minutes(minutes), {});
    const Resource wanted = cloud.server("a");
    const Diagnostic problem = only(preflight(cloud, {create_of(wanted)}));
    CHECK(problem.severity == severity);
    CHECK(contains(problem.message, "ahead of that of OpenStack at http://127.0.0.1:"));
  }
  TestCloud cloud;
  cloud.clock.sleep(std::chrono::seconds(50), {});
  const Resource wanted = cloud.server("a");
  CHECK(preflight(cloud, {create_of(wanted)}).empty());
}

}  // namespace
}  // namespace muster::openstack
