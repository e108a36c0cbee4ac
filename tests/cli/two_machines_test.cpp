// One fleet, two machines: each with a clone, a database and a run lock of its own.

#include <functional>
#include <optional>
#include <utility>

#include "tests/cli/git_for_test.h"
#include "tests/cli/party.h"
#include "tests/cli/passing_hours.h"
#include "tests/cli/read_back.h"
#include "tests/cli/season_for_test.h"
#include "tests/support/catch.h"
#include "tests/support/hasty_clock.h"

using muster::test::commit;
using muster::test::contains;
using muster::test::git;
using muster::test::HastyClock;
using muster::test::Party;
using muster::test::PassingHours;
using muster::test::Ran;

namespace {

void ask_for(const Party& party, int hosts, const std::string& flavor) {
  party.write("event.yaml",
              "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: my-event}\nspec:\n"
              "  project: cloud\n  dns: {account: dns, zone: example.com}\n  hosts: " +
                  std::to_string(hosts) + "\n  image: Debian 12\n  flavor: " + flavor +
                  "\n  login: {user: attendee, password: {env: EVENT_PASSWORD}}\n  tls: internal\n"
                  "  lifecycle: {replace: now}\n");
}

/// The manifests of the first machine are under Git, and the second has a clone of them.
struct Machines {
  explicit Machines(int hosts) {
    ask_for(first, hosts, "d2-2");
    git(first.directory(), {"init", "-q", "-b", "main"});
    commit(first.directory(), 10);
    git(second.directory(), {"clone", "-q", first.directory().string(), "."});
  }

  /// The first machine's next commit.
  void commit_on_first(int hosts, const std::string& flavor) {
    ask_for(first, hosts, flavor);
    commit(first.directory(), 20);
  }
  auto counts(const char* kind) { return first.cloud().ledger().counts(kind); }

  Party first{0};
  Party second{Party::Beside{first}};
};

/// A person's thought takes no time, however slow the machine is.
class PatientClock : public HastyClock {
 public:
  muster::Time now() const override {
    const auto thought_of_at = std::exchange(asked_at_, std::nullopt);
    return thought_of_at.value_or(HastyClock::now());
  }
  void think(const std::function<void()>& about) {
    const muster::Time began = HastyClock::now();
    about();
    asked_at_ = began;
  }

 private:
  mutable std::optional<muster::Time> asked_at_;  ///< what is told once, by the next to ask
};

}  // namespace

TEST_CASE("an older checkout neither removes what a newer one made nor makes anew what it replaced, and says so") {
  Machines machines(2);
  Party& first = machines.first;
  Party& second = machines.second;
  REQUIRE(second.run({"apply", "--yes"}).code == 0);

  machines.commit_on_first(3, "d2-4");
  REQUIRE(first.run({"apply", "--yes"}).code == 0);
  const auto servers = machines.counts("server");
  const auto records = machines.counts("record");
  CHECK(servers.created == 5);
  CHECK(servers.alive() == 3);
  CHECK(records.alive() == 4);

  const Ran older = second.run({"apply", "--yes", "-v"});
  INFO(older.screen);
  CHECK(older.code == 0);
  CHECK(contains(older.screen, "a newer revision ("));
  CHECK(contains(older.screen, ") made it; --rollback removes it"));
  CHECK(contains(older.screen, ") made it; --rollback goes back"));
  CHECK(machines.counts("server").created == 5);
  CHECK(machines.counts("server").alive() == 3);
  CHECK(machines.counts("record").deleted == records.deleted);
  const Ran destroyed = second.run({"destroy", "--yes"});
  INFO(destroyed.screen);
  CHECK(destroyed.code == 6);
  CHECK(machines.counts("server").alive() == 3);
  CHECK(machines.counts("record").deleted == records.deleted);
  CHECK(first.run({"plan", "--max-age", "0"}).code == 0);
}

TEST_CASE("an extension that one machine has applied is not ended by another's older checkout") {
  PassingHours clock;
  Party first(0, clock.cloud());
  Party second(Party::Beside{first});
  first.set_clock(&clock);
  second.set_clock(&clock);
  const muster::Time end = muster::test::party_now() + std::chrono::hours(2);
  const auto write = [&](const std::string& rest) {
    first.write("event.yaml", muster::test::manifest_of(
                                  {.hosts = 3, .from = end - std::chrono::hours(9), .expires = end, .rest = rest}));
  };
  write("");
  git(first.directory(), {"init", "-q", "-b", "main"});
  commit(first.directory(), 10);
  git(second.directory(), {"clone", "-q", first.directory().string(), "."});
  REQUIRE(first.run({"apply", "--yes"}).code == 0);
  write("  extend: 1d\n");
  commit(first.directory(), 20);
  REQUIRE(first.run({"apply", "--yes"}).code == 0);
  clock.let_minutes_pass(60 * 5);
  const Ran older = second.run({"reconcile"});
  INFO(older.screen);
  CHECK(first.cloud().ledger().counts("server").deleted == 0);
  CHECK(first.cloud().ledger().counts("record").deleted == 0);
  CHECK(first.run({"plan", "--max-age", "0"}).code == 0);
}

TEST_CASE("with equal commits the second machine finds nothing to do, and an older one goes back when it is told to") {
  Machines machines(2);
  Party& first = machines.first;
  Party& second = machines.second;
  machines.commit_on_first(3, "d2-2");
  REQUIRE(first.run({"apply", "--yes"}).code == 0);

  const Ran back = second.run({"apply", "--yes", "--rollback"});
  INFO(back.screen);
  CHECK(back.code == 0);
  CHECK(machines.counts("server").alive() == 2);

  REQUIRE(first.run({"apply", "--yes"}).code == 0);
  git(second.directory(), {"pull", "-q"});
  const auto created = machines.counts("server").created;
  const Ran same = second.run({"apply", "--yes"});
  INFO(same.screen);
  CHECK(same.code == 0);
  CHECK(contains(same.screen, "no changes"));
  CHECK(machines.counts("server").created == created);
}

TEST_CASE("two machines that make the same hosts at once: the next run of either leaves one of each, and both agree") {
  const bool first_cleans = GENERATE(true, false);
  Machines machines(3);
  Party& first = machines.first;
  Party& second = machines.second;
  PatientClock clock;
  first.set_clock(&clock);
  const Ran late = first.run_asked({"apply"}, [&] {
    clock.think([&] { CHECK(second.run({"apply", "--yes"}).code == 0); });
    return "yes";
  });
  INFO(late.screen);
  CHECK(machines.counts("server").created == 6);

  first.set_clock(nullptr);
  Party& one = first_cleans ? first : second;
  Party& other = first_cleans ? second : first;
  const Ran next = one.run({"apply", "--yes"});
  INFO(next.screen);
  CHECK(next.code == 0);
  CHECK(machines.counts("server").alive() == 3);
  const Ran same = other.run({"plan", "--max-age", "0"});
  INFO(same.screen);
  CHECK(same.code == 0);
  CHECK(one.run({"plan", "--max-age", "0"}).code == 0);
  CHECK(machines.counts("server").created == 6);
  CHECK(machines.counts("record").alive() == 4);
}
