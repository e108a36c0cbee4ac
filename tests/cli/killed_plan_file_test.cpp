// apply FILE, killed at any moment.

#include <chrono>
#include <thread>

#include "state/child_for_test.h"
#include "tests/cli/party.h"
#include "tests/support/catch.h"

using muster::test::Party;
using muster::test::Ran;

namespace {

std::uint64_t calls_of(Party& party) {
  const auto& ledger = party.cloud().ledger();
  return ledger.calls("nova") + ledger.calls("ovh") + ledger.calls("keystone");
}

/// What the killed run had sent is done: it may still have been on its way.
void await_stillness(const muster::sandbox::Ledger& ledger) {
  std::uint64_t before = 0;
  do {
    before = ledger.last();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  } while (ledger.under_way() > 0 || ledger.last() != before);
}

/// False when it had ended before.
bool killed_after(Party& party, std::uint64_t calls, const std::vector<std::string>& words) {
  const std::uint64_t before = calls_of(party);
  muster::state::Child child([&](const auto&) { return party.run(words).code; });
  while (calls_of(party) < before + calls) {
    if (child.has_ended()) {
      CHECK(child.wait() == 0);
      return false;
    }
    std::this_thread::yield();
  }
  child.kill();
  await_stillness(party.cloud().ledger());
  return true;
}

}  // namespace

TEST_CASE("a plan file whose run was killed is carried out, or refused with nothing done; apply finishes",
          "[plan_file]") {
  if constexpr (!muster::state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  bool refused_once = false;
  bool killed = true;
  for (std::uint64_t calls = 4; killed && calls < 80; calls += 5) {
    CAPTURE(calls);
    Party party(2);
    const std::string paper = (party.directory() / "my.plan").string();
    REQUIRE(party.run({"plan", "-o", paper}).code == 2);
    killed = killed_after(party, calls, {"apply", paper});

    const auto& ledger = party.cloud().ledger();
    const auto before = std::pair(ledger.counts("server").created, ledger.counts("record").created);
    const Ran again = party.run({"apply", paper});
    INFO(again.screen);
    if (again.code == 4) {
      refused_once = true;
      CHECK(before == std::pair(ledger.counts("server").created, ledger.counts("record").created));
      CHECK(again.err.find("my.plan") != std::string::npos);
    } else {
      CHECK(again.code == 0);
    }
    const Ran applied = party.run({"apply", "--yes"});
    INFO(applied.screen);
    CHECK(applied.code == 0);
    CHECK(party.run({"plan", "--max-age", "0"}).code == 0);
    CHECK(ledger.counts("server").created == 2);
    CHECK(ledger.counts("record").created == 3);
    CHECK(ledger.counts("record").alive() == 3);
  }
  CHECK(refused_once);
  CHECK_FALSE(killed);
}
