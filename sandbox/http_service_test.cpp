#include "sandbox/http_service.h"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "sandbox/world.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;
using std::chrono::milliseconds;

namespace {

struct Echo {
  explicit Echo(const HttpService::Options& options = {.name = "echo", .too_many = {}},
                milliseconds latency = milliseconds(0))
      : world({}, 1, latency), service(world, options) {
    service.route("GET", "/things/{id}", [](const Request& request) {
      return json_response(200, {{"id", request.params.at("id")}});
    });
    service.route("POST", "/things", [this](const Request& request) {
      world.ledger.created("thing", "1", request.body);
      return json_response(201, {{"body", request.body}});
    });
    service.start();
  }
  httplib::Client client() const {
    httplib::Client made("127.0.0.1", service.port());
    made.set_keep_alive(true);
    return made;
  }
  void fault(nlohmann::json rule) { world.faults.load({{"rules", {std::move(rule)}}}); }

  World world;
  HttpService service;
};

}  // namespace

TEST_CASE("a route finds its parameters and every call is in the ledger") {
  Echo echo;
  auto client = echo.client();
  const auto answer = client.Get("/things/a%20b?x=1");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(nlohmann::json::parse(answer->body)["id"] == "a b");
  CHECK(client.Get("/nothing")->status == 404);
  CHECK(client.Head("/things/1")->body.empty());
  const auto calls = echo.world.ledger.entries("echo");
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].name == "/things/a%20b?x=1");
  CHECK(nlohmann::json::parse(calls[1].details)["status"] == 404);
}

TEST_CASE("drop-before closes the connection and nothing happens") {
  Echo echo;
  echo.fault({{"method", "POST"}, {"action", "drop-before"}, {"count", 1}});
  CHECK_FALSE(echo.client().Post("/things", "x", "text/plain"));
  CHECK(echo.world.ledger.counts("thing").created == 0);
  CHECK(echo.client().Post("/things", "x", "text/plain")->status == 201);
}

TEST_CASE("drop-after processes the call and closes the connection without a byte") {
  Echo echo;
  const bool reset = GENERATE(false, true);
  echo.fault({{"method", "POST"}, {"action", "drop-after"}, {"count", 1}, {"reset", reset}});
  const auto answer = echo.client().Post("/things", "x", "text/plain");
  CHECK_FALSE(answer);
  CHECK(answer.error() == httplib::Error::Read);
  CHECK(echo.world.ledger.counts("thing").created == 1);
}

TEST_CASE("truncate announces the whole body and sends a part") {
  Echo echo;
  echo.fault({{"action", "truncate"}, {"bytes", 5}});
  std::string received;
  const auto answer = echo.client().Get("/things/1", [&](const char* data, std::size_t size) {
    received.append(data, size);
    return true;
  });
  CHECK_FALSE(answer);
  CHECK(received == "{\"id\"");
}

TEST_CASE("a scripted status replaces the answer, before or after the change") {
  Echo echo;
  const bool process_first = GENERATE(false, true);
  echo.fault({{"action", "status"},
              {"status", 502},
              {"body", "<html>"},
              {"process_first", process_first},
              {"headers", {{"Content-Type", "text/html"}}}});
  const auto answer = echo.client().Post("/things", "x", "text/plain");
  REQUIRE(answer);
  CHECK(answer->status == 502);
  CHECK(answer->get_header_value("Content-Type") == "text/html");
  CHECK(echo.world.ledger.counts("thing").created == (process_first ? 1 : 0));
}

TEST_CASE("skip and count choose the calls that fail") {
  Echo echo;
  echo.fault({{"path", "^/things/"}, {"skip", 1}, {"count", 2}, {"action", "status"}, {"status", 500}});
  auto client = echo.client();
  std::vector<int> statuses;
  for (int i = 0; i < 5; ++i) statuses.push_back(client.Get("/things/1")->status);
  CHECK(statuses == std::vector<int>{200, 500, 500, 200, 200});
}

TEST_CASE("one seed meets the same faults every time") {
  const auto statuses = [] {
    Echo echo;
    echo.world.faults.load(
        nlohmann::json::parse(R"({"seed": 9, "rules": [{"probability": 0.5, "action": "status", "status": 503}]})"));
    auto client = echo.client();
    std::vector<int> found;
    for (int i = 0; i < 20; ++i) found.push_back(client.Get("/things/1")->status);
    return found;
  };
  const auto first = statuses();
  CHECK(std::count(first.begin(), first.end(), 503) > 0);
  CHECK(std::count(first.begin(), first.end(), 200) > 0);
  CHECK(statuses() == first);
}

TEST_CASE("a fault script with a mistake is refused by name and the old rules stay") {
  Echo echo;
  echo.fault({{"action", "status"}, {"status", 500}});
  CHECK_THROWS_WITH(echo.fault({{"action", "explode"}}),
                    Catch::Matchers::ContainsSubstring("rule 1: action 'explode' is none of"));
  CHECK_THROWS_WITH(echo.fault({{"acton", "status"}}), Catch::Matchers::ContainsSubstring("unknown member 'acton'"));
  CHECK(echo.client().Get("/things/1")->status == 500);
}

TEST_CASE("calls beyond the rate limit are answered 429 with Retry-After") {
  Echo echo({.name = "echo", .requests_per_second = 1, .too_many = json_response(429, {{"error", "slow down"}})});
  auto client = echo.client();
  std::vector<int> statuses;
  for (int i = 0; i < 2; ++i) statuses.push_back(client.Get("/things/1")->status);
  CHECK(statuses == std::vector<int>{200, 429});
  CHECK(client.Get("/things/1")->get_header_value("Retry-After") == "1");
}

TEST_CASE("300 idle connections do not starve the next one") {
  Echo echo;
  std::vector<httplib::Client> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(echo.client());
    REQUIRE(clients.back().Get("/things/1"));
  }
  auto last = echo.client();
  last.set_read_timeout(5);
  CHECK(last.Get("/things/1"));
  CHECK(clients.front().Get("/things/1"));
}

TEST_CASE("latency holds up each call but not the others") {
  Echo echo({.name = "echo", .too_many = {}}, milliseconds(100));
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  std::atomic<int> served = 0;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&] {
      if (echo.client().Get("/things/1")) ++served;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(served == 40);
  CHECK(std::chrono::steady_clock::now() - begun >= milliseconds(100));
  CHECK(echo.world.ledger.most_at_once("echo") > 1);
}

TEST_CASE("a stop does not wait for scripted delays") {
  Echo echo;
  echo.world.faults.load(nlohmann::json::parse(
      R"({"rules": [{"count": 1, "action": "delay", "delay_ms": 600000}, {"action": "status", "status": 500}]})"));
  std::thread held([&] { echo.client().Get("/things/1"); });
  // Once a call meets the second rule, another one is held by the first.
  const auto refused = [&] {
    auto client = echo.client();
    client.set_read_timeout(0, 200000);
    return client.Get("/things/1");
  };
  while (!refused()) std::this_thread::yield();
  const auto begun = std::chrono::steady_clock::now();
  echo.service.stop();
  held.join();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
}
