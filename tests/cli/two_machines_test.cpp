// One fleet, two machines: each with a clone, a database and a run lock of its own.

#include <functional>
#include <optional>
#include <utility>

#include "tests/cli/git_for_test.h"
#include "tests/cli/party.h"
#include "tests/support/catch.h"
#include "tests/support/hasty_clock.h"

using muster::test::commit;
using muster::test::git;
using muster::test::HastyClock;
using muster::test::Party;
using muster::test::Ran;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const muster::sandbox::Ledger& ledger(Party& party) { return party.cloud().ledger(); }

/// The manifests of a machine under Git, and a second machine with a clone of them.
void put_under_git(Party& first) {
  git(first.directory(), {"init", "-q", "-b", "main"});
  commit(first.directory(), 10);
}
void clone(const Party& first, const Party& second) {
  git(second.directory(), {"clone", "-q", first.directory().string(), "."});
}

void ask_for(const Party& party, int hosts, const std::string& flavor) {
  party.write("event.yaml",
              "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: my-event}\nspec:\n"
              "  project: cloud\n  dns: {account: dns, zone: example.com}\n  hosts: " +
                  std::to_string(hosts) + "\n  image: Debian 12\n  flavor: " + flavor +
                  "\n  login: {user: attendee, password: {env: EVENT_PASSWORD}}\n  tls: internal\n"
                  "  lifecycle: {replace: now}\n");
}

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
  Party first(0);
  ask_for(first, 2, "d2-2");
  put_under_git(first);
  Party second(Party::Beside{first});
  clone(first, second);
  REQUIRE(second.run({"apply", "--yes"}).code == 0);

  ask_for(first, 3, "d2-4");
  commit(first.directory(), 20);
  REQUIRE(first.run({"apply", "--yes"}).code == 0);
  const auto servers = ledger(first).counts("server");
  const auto records = ledger(first).counts("record");
  CHECK(servers.created == 5);
  CHECK(servers.alive() == 3);
  CHECK(records.alive() == 4);

  const Ran older = second.run({"apply", "--yes", "-v"});
  INFO(older.screen);
  CHECK(older.code == 0);
  CHECK(has(older.screen, "a newer revision ("));
  CHECK(has(older.screen, ") made it; --rollback removes it"));
  CHECK(has(older.screen, ") made it; --rollback goes back"));
  CHECK(ledger(first).counts("server").created == 5);
  CHECK(ledger(first).counts("server").alive() == 3);
  CHECK(ledger(first).counts("record").deleted == records.deleted);
  const Ran destroyed = second.run({"destroy", "--yes"});
  INFO(destroyed.screen);
  CHECK(destroyed.code == 6);
  CHECK(ledger(first).counts("server").alive() == 3);
  CHECK(ledger(first).counts("record").deleted == records.deleted);
  CHECK(first.run({"plan", "--max-age", "0"}).code == 0);
}

TEST_CASE("with equal commits the second machine finds nothing to do, and an older one goes back when it is told to") {
  Party first(0);
  ask_for(first, 2, "d2-2");
  put_under_git(first);
  Party second(Party::Beside{first});
  clone(first, second);
  ask_for(first, 3, "d2-2");
  commit(first.directory(), 20);
  REQUIRE(first.run({"apply", "--yes"}).code == 0);

  const Ran back = second.run({"apply", "--yes", "--rollback"});
  INFO(back.screen);
  CHECK(back.code == 0);
  CHECK(ledger(first).counts("server").alive() == 2);

  REQUIRE(first.run({"apply", "--yes"}).code == 0);
  git(second.directory(), {"pull", "-q"});
  const auto created = ledger(first).counts("server").created;
  const Ran same = second.run({"apply", "--yes"});
  INFO(same.screen);
  CHECK(same.code == 0);
  CHECK(has(same.screen, "no changes"));
  CHECK(ledger(first).counts("server").created == created);
}

TEST_CASE(
    "two machines that make the same hosts at once leave one of each after the next run of the one that made the "
    "records") {
  const bool first_cleans = GENERATE(true, false);
  Party first(0);
  ask_for(first, 3, "d2-2");
  put_under_git(first);
  Party second(Party::Beside{first});
  clone(first, second);
  PatientClock clock;
  first.set_clock(&clock);
  const Ran late = first.run_asked({"apply"}, [&] {
    clock.think([&] { CHECK(second.run({"apply", "--yes"}).code == 0); });
    return "yes";
  });
  INFO(late.screen);
  CHECK(ledger(first).counts("server").created == 6);

  first.set_clock(nullptr);
  Party& one = first_cleans ? first : second;
  Party& other = first_cleans ? second : first;
  one.run({"apply", "--yes"});
  CHECK(ledger(first).counts("server").alive() == 3);
  // Both wrote the one mark: whose records stand is clear to both when each of them has published once more.
  CHECK(other.run({"apply", "--yes"}).code == 0);
  CHECK(one.run({"apply", "--yes"}).code == 0);
  CHECK(ledger(first).counts("server").created == 6);
  CHECK(ledger(first).counts("server").alive() == 3);
  CHECK(ledger(first).counts("record").alive() == 4);
  for (Party* machine : {&first, &second}) {
    const Ran plan = machine->run({"plan", "--max-age", "0"});
    INFO(plan.screen);
    CHECK(plan.code == 0);
  }
}
