#include "resources/guest/check.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "resources/contract/error.h"
#include "resources/contract/registry.h"
#include "resources/guest/fixture_for_test.h"
#include "resources/guest/register.h"
#include "resources/net/loopback_server_for_test.h"
#include "tests/support/catch.h"

namespace muster::guest {
namespace {

const std::string greeting = "SSH-2.0-test\r\n";

struct Checks {
  Observed create(const Resource& resource) { return driver.create(session, resource, Stamp{}, test.context); }
  Observation observe(std::vector<Resource> wanted, std::vector<Observed> known,
                      ObserveRequest::Reach reach = ObserveRequest::Reach::scope) {
    return driver.observe(session, {reach, "fleet", std::move(wanted), {}, std::move(known)}, test.context);
  }
  TestContext test;
  GuestCheck driver;
  NoSession session;
};

TEST_CASE("a check that passes is ready at once") {
  Checks checks;
  const GreetingPort server(greeting);
  const Resource resource = sample_check("ssh", server.port());
  const Observed observed = checks.create(resource);
  CHECK(observed.id == resource.id);
  CHECK(observed.condition == Condition::ready);
  CHECK(observed.ownership == Ownership::ours);
  CHECK(observed.attributes.at("passed") == Value(true));
  CHECK(observed.attributes.at("incarnation") == Value("00000000000000aa"));
  CHECK(observed.evidence == "SSH-2.0-test");
  CHECK(checks.test.calls.totals() == std::map<std::string, std::uint64_t>{{"guest ssh", 1}});
}

// IP-10: the wait is the engine's; the driver says why it goes on.
TEST_CASE("a check that fails goes on, with the reason") {
  Checks checks;
  const int port = net::closed_port();
  const Observed observed = checks.create(sample_check("tcp", port));
  CHECK(observed.condition == Condition::progressing);
  CHECK(observed.attributes.at("passed") == Value(false));
  CHECK(observed.evidence == fmt::format("127.0.0.1 port {}: connection refused", port));
}

TEST_CASE("what has passed is trusted without another look, even when the guest is down") {
  Checks checks;
  const Resource resource = sample_check("ssh", net::closed_port());
  Observed passed;
  passed.id = resource.id;
  passed.attributes = resource.wanted;
  passed.attributes.as_map()["passed"] = true;
  passed.condition = Condition::ready;
  const Observation observation = checks.observe({resource}, {passed});
  CHECK(observation.complete);
  CHECK(observation.objects == std::vector<Observed>{passed});
  CHECK(checks.test.calls.total() == 0);
}

TEST_CASE("without a cache a passing check is found again") {
  Checks checks;
  const GreetingPort server(greeting);
  const Observation observation = checks.observe({sample_check("ssh", server.port())}, {});
  CHECK(observation.complete);
  REQUIRE(observation.objects.size() == 1);
  CHECK(observation.objects[0].condition == Condition::ready);
}

TEST_CASE("a failing check that nobody has begun is not there yet") {
  Checks checks;
  const Observation observation = checks.observe({sample_check("tcp", net::closed_port())}, {});
  CHECK(observation.complete);
  CHECK(observation.objects.empty());
}

TEST_CASE("a check under way keeps the time since when it has been failing") {
  Checks checks;
  const Resource resource = sample_check("tcp", net::closed_port());
  const Observed begun = checks.create(resource);
  checks.test.clock.time += std::chrono::seconds(30);
  const Observation observation = checks.observe({resource}, {begun}, ObserveRequest::Reach::listed);
  REQUIRE(observation.objects.size() == 1);
  CHECK(observation.objects[0] == begun);
}

TEST_CASE("a check under way that passes is ready since now") {
  Checks checks;
  const GreetingPort server(greeting);
  const Resource resource = sample_check("ssh", server.port());
  Observed begun = checks.create(resource);
  begun.condition = Condition::progressing;
  begun.attributes.as_map()["passed"] = false;
  checks.test.clock.time += std::chrono::seconds(30);
  const Observation observation = checks.observe({resource}, {begun}, ObserveRequest::Reach::listed);
  REQUIRE(observation.objects.size() == 1);
  CHECK(observation.objects[0].condition == Condition::ready);
  CHECK(observation.objects[0].since == checks.test.clock.time);
  CHECK(observation.objects[0].created == begun.created);
}

TEST_CASE("a new incarnation of the server has to pass anew") {
  Checks checks;
  const GreetingPort server(greeting);
  const Observed old = checks.create(sample_check("ssh", server.port(), "00000000000000aa"));
  const Observation passing = checks.observe({sample_check("ssh", server.port(), "00000000000000bb")}, {old});
  REQUIRE(passing.objects.size() == 1);
  CHECK(passing.objects[0].attributes.at("incarnation") == Value("00000000000000bb"));

  Resource gone = sample_check("ssh", server.port(), "00000000000000bb");
  gone.wanted.as_map()["port"] = net::closed_port();
  const Observation failing = checks.observe({gone}, {old});
  CHECK(failing.objects == std::vector<Observed>{old});
}

TEST_CASE("a check whose server has no address yet stays what it was") {
  Checks checks;
  Resource resource = sample_check("ssh", 22);
  resource.wanted.as_map()["host"] = Hole(Ref{{"openstack.server", "my-event/abcde"}, "ipv4"});
  CHECK(checks.observe({resource}, {}).objects.empty());
  Observed known;
  known.id = resource.id;
  known.attributes = Map{{"passed", true}};
  CHECK(checks.observe({resource}, {known}).objects == std::vector<Observed>{known});
  CHECK(checks.test.calls.total() == 0);
}

TEST_CASE("many guests are looked at together") {
  Checks checks;
  constexpr int together = 128;
  const GreetingPort server(greeting, together);
  std::vector<Resource> wanted;
  for (int at = 0; at < together; ++at) {
    wanted.push_back(sample_check("ssh", server.port()));
    wanted.back().id.name += fmt::format("-{}", at);
  }
  const Observation observation = checks.observe(wanted, {});
  CHECK(observation.objects.size() == together);
}

TEST_CASE("an interrupted look leaves the scope incomplete") {
  Checks checks;
  const GreetingPort server(greeting);
  checks.test.stop.request_stop();
  const Observation observation = checks.observe({sample_check("ssh", server.port())}, {});
  CHECK_FALSE(observation.complete);
  CHECK(observation.why_incomplete == "interrupted before every guest was looked at");
}

TEST_CASE("looks that are under way end when they are interrupted, and no other begins") {
  Checks checks;
  const bool accepts = GENERATE(true, false);
  CAPTURE(accepts);
  const SilentPort server(accepts);
  std::vector<Resource> wanted;
  for (int at = 0; at < 300; ++at) {
    wanted.push_back(sample_check("ssh", server.port()));
    wanted.back().id.name += fmt::format("-{}", at);
  }
  std::jthread interrupter([&](const std::stop_token& over) {
    while (checks.test.calls.total() < 100 && !over.stop_requested()) std::this_thread::yield();
    checks.test.stop.request_stop();
  });
  const Observation observation = checks.observe(wanted, {});
  interrupter.request_stop();
  interrupter.join();
  CHECK_FALSE(observation.complete);
  CHECK(observation.objects.empty());  // a look that is left to itself comes to an end of its own
  CHECK(checks.test.calls.total() < 300);
}

TEST_CASE("a check that is interrupted is no finding") {
  Checks checks;
  const SilentPort server(true);
  checks.test.stop.request_stop();
  try {
    checks.create(sample_check("ssh", server.port()));
    FAIL("an interrupted look found something");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::interrupted);
  }
}

TEST_CASE("a check that says nothing to look at is refused") {
  Checks checks;
  Resource resource = sample_check("https", 443);
  CHECK_THROWS_AS(checks.create(resource), Error);
  CHECK_THROWS_AS(checks.observe({resource}, {}), Error);
}

TEST_CASE("nothing is left of a check that is removed") {
  Checks checks;
  CHECK_FALSE(checks.driver.remove(checks.session, Observed{}, checks.test.context));
  CHECK(checks.driver.calls(Verb::remove, {}) == 0);
  CHECK(checks.driver.traits().pure_check);
  Registry registry;
  register_guest(registry);
  CHECK(registry.driver("guest.check") != nullptr);
}

}  // namespace
}  // namespace muster::guest
