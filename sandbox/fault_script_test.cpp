// Faults that depend on time, on the age of things, or that spoil lists.

#include "sandbox/fault_script.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sandbox/http_service.h"
#include "sandbox/list_faults.h"
#include "tests/support/catch.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A service without a socket that keeps a list of things. Its time moves only when the test says so.
struct Shelf {
  Shelf()
      : world([this] { return now; }, 1, milliseconds(0), false), service(world, {.name = "shelf", .too_many = {}}) {
    service.route("GET", "/things", [this](const Request&) { return json_response(200, {{"things", things}}); });
    service.route("GET", "/things/{id}", [](const Request& request) {
      return json_response(200, {{"id", request.params.at("id")}});
    });
  }
  void fault(json rule) { world.faults.load({{"rules", {std::move(rule)}}}); }
  Response get(const std::string& target) {
    Request request = request_to("GET", target);
    return service.call(request).response;
  }
  json listed() { return json::parse(get("/things").body)["things"]; }

  Time now{seconds(1'000'000)};
  json things = json::array();
  World world;
  HttpService service;
};

TEST_CASE("a storm comes again and again, and calls between two of them meet no fault") {
  Shelf shelf;
  shelf.fault({{"for_ms", 2'000}, {"every_ms", 10'000}, {"action", "status"}, {"status", 429}});
  std::vector<int> statuses;
  for (int second = 0; second < 13; ++second) {
    statuses.push_back(shelf.get("/things").status);
    shelf.now += seconds(1);
  }
  CHECK(statuses == std::vector<int>{429, 429, 200, 200, 200, 200, 200, 200, 200, 200, 429, 429, 200});
  CHECK(shelf.world.faults.met() == 4);
}

TEST_CASE("what is young can be hidden from calls by its id, and from no other") {
  Shelf shelf;
  shelf.fault({{"path", "/things/"}, {"young_ms", 5'000}, {"action", "status"}, {"status", 404}});
  shelf.world.ledger.created("thing", "old", "old");
  shelf.now += seconds(6);
  shelf.world.ledger.created("thing", "new", "new");
  CHECK(shelf.get("/things/old").status == 200);
  CHECK(shelf.get("/things/new?x=1").status == 404);
  CHECK(shelf.get("/things/never").status == 200);
  shelf.now += seconds(5);
  CHECK(shelf.get("/things/new").status == 200);
}

TEST_CASE("a stale list is one that was true a while ago, but no longer ago than that") {
  Shelf shelf;
  shelf.fault({{"stale_ms", 10'000}});
  CHECK(shelf.listed().empty());
  shelf.things.push_back("a");
  shelf.now += seconds(5);
  CHECK(shelf.listed().empty());
  shelf.now += seconds(6);
  CHECK(shelf.listed() == json{"a"});
}

TEST_CASE("a list may lack some of its items and have others twice; nothing else of it changes") {
  Random random(3);
  json items = json::array();
  for (int i = 0; i < 1'000; ++i) items.push_back(i);
  const std::string body = json{{"links", {"next"}}, {"things", items}}.dump();
  const json spoilt = json::parse(with_list_faults(body, 0.1, 0.1, random));
  CHECK(spoilt["links"] == json{"next"});
  std::vector<int> seen = spoilt["things"].get<std::vector<int>>();
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  const auto twice = std::adjacent_find(seen.begin(), seen.end());
  CHECK(twice != seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  CHECK(seen.size() < 950);
  CHECK(seen.size() > 850);
  CHECK(with_list_faults("<html>", 0.5, 0.5, random) == "<html>");
  CHECK(json::parse(with_list_faults("[1, 2]", 0, 1, random)) == json{1, 1, 2, 2});
}

TEST_CASE("delays can differ by chance, so that calls overtake each other") {
  Shelf shelf;
  shelf.fault({{"action", "delay"}, {"delay_ms", 10}, {"spread_ms", 50}});
  std::vector<milliseconds> delays;
  for (int i = 0; i < 100; ++i) delays.push_back(shelf.world.faults.next("shelf", "GET", "/things")->delay);
  const auto [least, most] = std::minmax_element(delays.begin(), delays.end());
  CHECK(*least >= milliseconds(10));
  CHECK(*least < milliseconds(20));
  CHECK(*most > milliseconds(50));
  CHECK(*most <= milliseconds(60));
}

}  // namespace
}  // namespace muster::sandbox
