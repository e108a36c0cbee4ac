// What a list and a look-up by id tell together: what is there, what is gone, and what nobody knows.

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "resources/contract/error.h"
#include "resources/openstack/cloud_for_test.h"
#include "tests/support/catch.h"

namespace muster::openstack {
namespace {

using nlohmann::json;
using Reach = ObserveRequest::Reach;

/// A clock that is asked before every request, and so can let something happen between two of them.
class WatchedClock : public JumpClock {
 public:
  explicit WatchedClock(std::function<void()> watcher) : watcher_(std::move(watcher)) {}
  std::chrono::steady_clock::time_point steady_now() const override {
    watcher_();
    return JumpClock::steady_now();
  }

 private:
  std::function<void()> watcher_;
};

/// Reads five servers and `times` more in pages of two, while so many times the server at the end of the first page is
/// deleted before the second is asked for.
Observation observe_with_lost_marker(int times) {
  auto options = TestCloud::quick();
  options.page_maximum = 2;
  TestCloud cloud(options);
  ObserveRequest request;
  request.fleet = cloud.fleet;
  std::vector<Observed> newest_first;
  for (int i = 0; i < 5 + times; ++i) {
    request.wanted.push_back(cloud.server(fmt::format("h{}", i)));
    newest_first.insert(newest_first.begin(), cloud.created(request.wanted.back()));
  }
  const auto pages = [&] { return cloud.calls.totals()["nova GET servers/detail"]; };
  auto asked = pages() + 1;
  int looks = 0;
  WatchedClock clock([&] {
    // The first look at the clock is just before the request is sent, the second just after its answer.
    looks = pages() == asked ? looks + 1 : 0;
    if (times == 0 || looks < 2) return;
    --times;
    control(cloud, "/servers/" + newest_first[1].backend_id + "/vanish");
    newest_first.erase(newest_first.begin() + 1);
    asked += 2;  // the page whose marker is lost, and the first one again
  });
  Context calm = cloud.context();
  Context ambient{clock,      calm.random, calm.stop,     calm.logger,     calm.progress,
                  calm.calls, calm.budget, calm.redactor, calm.environment};
  return cloud.driver.observe(cloud.session(), request, ambient);
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

TEST_CASE("a list whose marker is deleted between two pages is read from the start again, a few times") {
  const Observation once = observe_with_lost_marker(1);
  CHECK(once.complete);
  CHECK(once.objects.size() == 5);
  const Observation always = observe_with_lost_marker(4);
  CHECK_FALSE(always.complete);
  CHECK(always.why_incomplete.find("not found") != std::string::npos);
}

TEST_CASE("a new server that is not found by its id stands as long as the list shows it") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  script(cloud, {{"service", "nova"},
                 {"path", "/servers/[^/?]*$"},
                 {"young_ms", 60'000},
                 {"action", "status"},
                 {"status", 404},
                 {"body", R"({"itemNotFound": {"code": 404, "message": "Instance could not be found."}})"}});
  const Observation seen = cloud.observe(Reach::listed, {wanted}, {ready});
  CHECK(seen.complete);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects[0].backend_id == ready.backend_id);
  cloud.sandbox().faults().clear();
  control(cloud, "/servers/" + ready.backend_id + "/vanish");
  CHECK(cloud.observe(Reach::listed, {wanted}, {ready}).objects.empty());
}

TEST_CASE("a known server that the list leaves out is confirmed by its id and makes the list incomplete") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  script(cloud, {{"service", "nova"},
                 {"path", "/servers/detail"},
                 {"action", "status"},
                 {"status", 200},
                 {"body", R"({"servers": []})"}});
  const Observation seen = cloud.observe(Reach::scope, {wanted}, {ready});
  CHECK_FALSE(seen.complete);
  CHECK(seen.why_incomplete.find(ready.backend_id) != std::string::npos);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects.front() == ready);
}

TEST_CASE("a read that was told to come back says when") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  script(cloud, {{"service", "nova"},
                 {"path", "/servers/[^/?]*$"},
                 {"action", "status"},
                 {"status", 429},
                 {"headers", {{"Retry-After", "3600"}}}});
  const Observation seen = cloud.observe(Reach::listed, {wanted}, {ready});
  CHECK_FALSE(seen.complete);
  REQUIRE(seen.retry_after);
  CHECK(*seen.retry_after > std::chrono::minutes(59));
}

TEST_CASE("thousands that are gone are confirmed together, as many calls at once as the connection allows") {
  TestCloud cloud;
  script(cloud, {{"service", "nova"}, {"path", "/servers/gone-"}, {"action", "pass"}, {"delay_ms", 20}});
  std::vector<Resource> wanted;
  std::vector<Observed> known;
  for (int number = 100; number < 140; ++number) {
    wanted.push_back(cloud.server(fmt::format("a{}", number)));
    Observed& gone = known.emplace_back();
    gone.id = wanted.back().id;
    gone.backend_id = fmt::format("gone-{}", number);
    gone.ownership = Ownership::ours;
    gone.condition = Condition::ready;
  }
  const Observation seen = cloud.observe(Reach::listed, wanted, known);
  CHECK(seen.complete);
  CHECK(seen.objects.empty());
  const auto at_once = cloud.sandbox().ledger().most_at_once("nova");
  CHECK(at_once > 1);
  CHECK(at_once <= cloud.session().client.concurrency());
}

TEST_CASE("a server that could not be read is not gone, even when nobody says why") {
  TestCloud cloud;
  const Resource wanted = cloud.server("abcde");
  const Observed ready = cloud.created(wanted);
  WatchedClock clock([] { throw Error(Fault::permanent, ""); });
  Context calm = cloud.context();
  Context ambient{clock,      calm.random, calm.stop,     calm.logger,     calm.progress,
                  calm.calls, calm.budget, calm.redactor, calm.environment};
  ObserveRequest request;
  request.reach = Reach::listed;
  request.fleet = cloud.fleet;
  request.wanted = {wanted};
  request.known = {ready};
  const Observation seen = cloud.driver.observe(cloud.session(), request, ambient);
  CHECK_FALSE(seen.complete);
  CHECK(seen.why_incomplete.find(ready.backend_id) != std::string::npos);
}

TEST_CASE("a server whose cell does not answer is unknown, not gone") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  const json bare{{"servers", {{{"id", ready.backend_id}, {"status", "UNKNOWN"}}}}};
  script(
      cloud,
      {{"service", "nova"}, {"path", "/servers/detail"}, {"action", "status"}, {"status", 200}, {"body", bare.dump()}});
  const Observation seen = cloud.observe(Reach::scope, {wanted}, {ready});
  CHECK_FALSE(seen.complete);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects.front().condition == Condition::unknown);
  CHECK(seen.objects.front().stamp == ready.stamp);
}

}  // namespace
}  // namespace muster::openstack
