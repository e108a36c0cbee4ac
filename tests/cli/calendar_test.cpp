// Hosts that appear before their workshop begins and go after it is over.

#include <chrono>
#include <string>

#include "tests/cli/party.h"
#include "tests/cli/passing_hours.h"
#include "tests/cli/season_for_test.h"
#include "tests/support/catch.h"
#include "tests/support/hasty_clock.h"

using muster::Time;
using muster::test::HastyClock;
using muster::test::manifest_of;
using muster::test::Party;
using muster::test::party_now;
using muster::test::PassingHours;
using muster::test::Ran;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

std::string workshop(Time from, Time expires, const std::string& rest = "") {
  return manifest_of({.hosts = 7, .from = from, .expires = expires, .rest = rest});
}

std::uint64_t servers_made(Party& party) { return party.cloud().ledger().counts("server").created; }
std::uint64_t servers_removed(Party& party) { return party.cloud().ledger().counts("server").deleted; }

/// As a machine whose clock was set by hand.
class WrongClock : public HastyClock {
 public:
  explicit WrongClock(std::chrono::milliseconds ahead) : ahead_(ahead) {}
  Time now() const override { return HastyClock::now() + ahead_; }

 private:
  std::chrono::milliseconds ahead_;
};

}  // namespace

TEST_CASE("an unattended run says nothing of a workshop that is over and gone") {
  Party party(0);
  party.write("event.yaml", workshop(party_now() - hours(48), party_now() - hours(40)));
  CHECK(party.run({"plan"}).err.find("is over") != std::string::npos);
  const Ran silent = party.run({"reconcile"});
  CHECK(silent.code == 0);
  CHECK(silent.err + silent.out == "");
  CHECK(party.run({"reconcile", "-v"}).err.find("is over") != std::string::npos);
}

TEST_CASE("nothing is made before its time, and the plan of a later day shows what will be") {
  Party party(0);
  party.write("event.yaml", workshop(party_now() + hours(48), party_now() + hours(56)));
  const Ran applied = party.run({"apply", "--yes"});
  CHECK(applied.code == 0);
  CHECK(applied.out.find("Workshop/my-event: 22 resources appear at ") != std::string::npos);
  CHECK(servers_made(party) == 0);

  CHECK(party.run({"plan", "--at", "40h"}).out.find("Workshop/my-event: 22 resources appear at ") != std::string::npos);
  const Ran later = party.run({"plan", "--at", "3d"});
  CHECK(later.out.find("Workshop/my-event: over and gone since ") != std::string::npos);
  const Ran during = party.run({"plan", "--at", "50h"});
  CHECK(during.code == 2);
  CHECK(during.out.find("22 to create") != std::string::npos);
  CHECK(servers_made(party) == 0);

  const Ran refused = party.run({"plan", "--at", "50h", "-o", "later.plan"});
  CHECK(refused.code == 3);
  CHECK(refused.err.find("a plan of another time is not for carrying out") != std::string::npos);
}

TEST_CASE("hosts appear, stay while the end is put off, and go without an --allow once it is over") {
  PassingHours clock;
  Party party(0, clock.cloud());
  party.set_clock(&clock);
  // They appear an hour before it begins.
  party.write("event.yaml", workshop(party_now() + minutes(50), party_now() + hours(8)));
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  CHECK(servers_made(party) == 7);

  const Time end = party_now() + hours(8);
  party.write("event.yaml", workshop(party_now() - hours(1), end, "  extend: 5h\n"));
  CHECK(party.run({"reconcile"}).code == 0);
  clock.let_minutes_pass(60 * 12);
  CHECK(party.run({"reconcile"}).code == 0);
  // Over, and within the grace of an hour.
  clock.let_minutes_pass(80);
  CHECK(party.run({"reconcile"}).code == 0);
  CHECK(servers_removed(party) == 0);

  clock.let_minutes_pass(60);
  CHECK(party.run({"reconcile"}).code == 0);
  CHECK(servers_removed(party) == 7);
  CHECK(party.run({"list", "--json"}).out.find("\"status\":\"ACTIVE\"") == std::string::npos);
  const auto records = party.cloud().ledger().counts("record");
  CHECK(records.created == records.deleted);
  CHECK(party.run({"plan", "--max-age", "0"}).code == 0);
}

TEST_CASE("an end that a manifest has only now, and that has passed already, counts as a deletion") {
  Party party(0);
  party.write("event.yaml", workshop(party_now() - hours(9), party_now() + hours(24 * 365)));
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.write("event.yaml", workshop(party_now() - hours(9), party_now() - hours(2)));
  const Ran refused = party.run({"reconcile"});
  INFO(refused.screen);
  CHECK(refused.code == 4);
  CHECK(refused.out.find("its time is over since an end that was not applied before") != std::string::npos);
  CHECK(servers_removed(party) == 0);
  CHECK(party.run({"reconcile", "--allow", "7"}).code == 0);
  CHECK(servers_removed(party) == 7);
}

TEST_CASE("a plan file is bound to the end that it was made with") {
  Party party(0);
  const Time end = Time(std::chrono::seconds(1'900'000'000));
  const std::string paper = (party.directory() / "my.plan").string();
  const auto write = [&](const std::string& rest) {
    party.write("event.yaml", workshop(party_now() - hours(9), end, rest));
  };
  write("");
  REQUIRE(party.run({"plan", "-o", paper}).code == 2);
  write("  extend: 1d\n");
  CHECK(party.run({"apply", paper}).code == 4);
  CHECK(servers_made(party) == 0);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  write("  extend: 2d\n");
  REQUIRE(party.run({"plan", "-o", paper}).code == 2);
  write("  extend: 3d\n");
  const Ran moved = party.run({"apply", paper});
  INFO(moved.screen);
  CHECK(moved.code == 4);
  CHECK(moved.screen.find("the manifest moved") != std::string::npos);
  write("  extend: 1d\n");
  const Ran taken_back = party.run({"apply", paper});
  INFO(taken_back.screen);
  CHECK(taken_back.code == 4);
  CHECK(taken_back.screen.find("is done already") == std::string::npos);
}

TEST_CASE("the end that was applied stands on the servers, and a changed one is a step") {
  Party party(0);
  const Time end = Time(std::chrono::seconds(1'900'000'000));
  party.write("event.yaml", workshop(party_now() - hours(9), end));
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.write("event.yaml", workshop(party_now() - hours(9), end, "  extend: 1d\n"));
  const Ran plan = party.run({"plan"});
  INFO(plan.screen);
  CHECK(plan.code == 2);
  CHECK(plan.out.find("7 to update") != std::string::npos);
  CHECK(plan.out.find("lifecycle.until: 2030-03-17T18:46:40Z -> 2030-03-18T18:46:40Z") != std::string::npos);
  CHECK(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.run({"plan", "--max-age", "0"}).code == 0);
  party.forget_state();
  CHECK(party.run({"plan"}).code == 0);
}

TEST_CASE("a clock that is wrong by more than five minutes ends no workshop") {
  Party party(0);
  party.write("event.yaml", workshop(party_now() - hours(9), party_now() + hours(2)));
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  WrongClock clock(hours(4));
  party.set_clock(&clock);
  const Ran ran = party.run({"reconcile"});
  CHECK(ran.code != 0);
  CHECK(ran.screen.find("clock") != std::string::npos);
  CHECK(servers_removed(party) == 0);
}
