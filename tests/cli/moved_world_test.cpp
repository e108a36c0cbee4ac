// The world goes on while a question stands.

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/party.h"
#include "tests/cli/passing_hours.h"
#include "tests/support/catch.h"

using muster::test::Party;
using muster::test::PassingHours;
using muster::test::Ran;

namespace {

std::size_t created(Party& party) { return party.cloud().ledger().counts("server").created; }

}  // namespace

TEST_CASE("a yes to a plan under which the world has moved changes nothing and shows what it is now") {
  PassingHours clock;
  Party party(2, clock.cloud());
  party.set_clock(&clock);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto servers = party.cloud().ledger().created_ever("server");
  party.ask_for(3);
  const Ran refused = party.run_asked({"apply"}, [&] {
    party.vanish(servers.front().id);
    clock.let_minutes_pass(2);
    return "yes";
  });
  INFO(refused.screen);
  CHECK(refused.code == 4);
  CHECK(refused.err.find("Nothing was changed: the world moved while the question stood. Look at the new plan and "
                         "apply again.") != std::string::npos);
  CHECK(refused.out.find("it has vanished") != std::string::npos);
  CHECK(created(party) == 2);

  CHECK(party.run({"apply", "--yes"}).code == 0);
  CHECK(created(party) == 4);
}

TEST_CASE("a late yes to a plan that still holds is carried out") {
  PassingHours clock;
  Party party(2, clock.cloud());
  party.set_clock(&clock);
  const Ran ran = party.run_asked({"apply"}, [&] {
    clock.let_minutes_pass(30);
    return "yes";
  });
  INFO(ran.screen);
  CHECK(ran.code == 0);
  CHECK(created(party) == 2);
}

TEST_CASE("where nobody is asked, a reading that took minutes is carried out, and not made again") {
  PassingHours clock;
  Party party(2, clock.cloud());
  party.set_clock(&clock);
  party.cloud().faults().load(
      {{"rules", {{{"service", "nova"}, {"path", "/servers/detail"}, {"delay_ms", 300}, {"count", 1}}}}});
  std::thread hours([&] {
    while (party.cloud().faults().met() == 0) std::this_thread::yield();
    clock.let_minutes_pass(2);
  });
  const Ran ran = party.run({"apply", "--yes"});
  hours.join();
  INFO(ran.screen);
  CHECK(ran.code == 0);
  std::size_t readings = 0;
  for (const auto& call : party.cloud().ledger().entries("nova")) {
    if (call.event != muster::sandbox::Event::called) continue;
    if (call.id == "POST") break;
    readings += call.name.find("/servers/detail") != std::string::npos ? 1U : 0U;
  }
  CHECK(readings == 1);
}

TEST_CASE("a destroy whose objects changed while the question stood removes nothing") {
  PassingHours clock;
  Party party(2, clock.cloud());
  party.set_clock(&clock);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto servers = party.cloud().ledger().created_ever("server");
  const Ran ran = party.run_asked({"destroy"}, [&] {
    party.vanish(servers.front().id);
    clock.let_minutes_pass(2);
    return "party";
  });
  INFO(ran.screen);
  CHECK(ran.code == 4);
  CHECK(party.cloud().ledger().counts("server").alive() == 1);
  CHECK(party.cloud().ledger().counts("record").alive() == 3);
}
