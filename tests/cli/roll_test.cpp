// Hosts are replaced in batches: what the cloud's ledger shows of it, and where it stops.

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "state/child_for_test.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"
#include "tests/support/hasty_clock.h"

using muster::test::check_golden;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;
using namespace std::chrono_literals;

namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds ttl{60};

/// A roll waits a ttl again and again.
constexpr int hurry = 100;

muster::sandbox::SandboxOptions hurried_cloud() {
  muster::sandbox::SandboxOptions options = Party::quick_cloud();
  options.clock = [] { return muster::test::hasty_now(hurry); };
  return options;
}

/// A party in a hurry.
class Fleet : public Party {
 public:
  explicit Fleet(int hosts) : Party(hosts, hurried_cloud()) { set_clock(&clock_); }

 private:
  muster::test::HastyClock clock_{hurry};
};

void ask(const Party& party, int hosts, const std::string& image, const std::string& roll) {
  party.write("event.yaml", fmt::format("apiVersion: muster/v1\n"
                                        "kind: Workshop\n"
                                        "metadata: {{name: my-event}}\n"
                                        "spec:\n"
                                        "  project: cloud\n"
                                        "  dns: {{account: dns, zone: example.com, ttl: {}}}\n"
                                        "  hosts: {}\n"
                                        "  image: {}\n"
                                        "  flavor: d2-2\n"
                                        "  login: {{user: attendee, password: {{env: EVENT_PASSWORD}}}}\n"
                                        "  tls: internal\n"
                                        "  readiness: {{checks: [ssh], timeLimit: 600s}}\n"
                                        "  lifecycle: {{replace: roll, roll: {}}}\n",
                                        ttl.count(), hosts, image, roll));
}

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

/// What became of one server, by the ledger's sequence and clock.
struct Life {
  std::string id, name, address;
  std::uint64_t born = 0;
  std::uint64_t going = never;
  muster::sandbox::Time going_at{};
};

std::vector<Life> lives(Party& party) {
  std::vector<Life> all;
  for (const auto& entry : party.cloud().ledger().entries("server")) {
    if (entry.event == muster::sandbox::Event::created) {
      all.push_back({entry.id, entry.name, Json::parse(entry.details).at("v4"), entry.seq});
      continue;
    }
    const bool is_going =
        entry.event == muster::sandbox::Event::deleted || entry.details.find("deleting") != std::string::npos;
    const auto life = std::find_if(all.begin(), all.end(), [&](const Life& one) { return one.id == entry.id; });
    if (is_going && entry.seq < life->going) {
      life->going = entry.seq;
      life->going_at = entry.time;
    }
  }
  return all;
}

/// The most names that were without a server at a time, and the most servers there were, after `since`.
struct Extremes {
  std::size_t missing = 0;
  std::size_t servers = 0;
};

Extremes extremes(Party& party, std::uint64_t since) {
  const std::vector<Life> all = lives(party);
  std::set<std::string> names;
  std::set<std::uint64_t> moments;
  for (const Life& life : all) {
    names.insert(life.name);
    for (const std::uint64_t moment : {life.born, life.going})
      if (moment > since && moment != never) moments.insert(moment);
  }
  Extremes found;
  for (const std::uint64_t moment : moments) {
    std::set<std::string> there;
    std::size_t servers = 0;
    for (const Life& life : all) {
      if (life.born > moment || life.going <= moment) continue;
      there.insert(life.name);
      ++servers;
    }
    found.missing = std::max(found.missing, names.size() - there.size());
    found.servers = std::max(found.servers, servers);
  }
  return found;
}

/// Every server that went after `since` although its name had pointed to it: that was a ttl after its name had moved,
/// and the move was published.
void check_drained(Party& party, std::uint64_t since) {
  const auto& ledger = party.cloud().ledger();
  const auto published = ledger.entries("zone", since);
  for (const Life& life : lives(party)) {
    if (life.going <= since || life.going_at == muster::sandbox::Time{} || life.born > since) continue;
    std::uint64_t moved = 0;
    for (const auto& entry : ledger.entries("record", since)) {
      const bool is_of_it =
          entry.details.find(life.name.substr(std::string("my-event-").size()) + ".my-event") != std::string::npos;
      if (is_of_it && entry.seq < life.going) moved = entry.seq;
    }
    CAPTURE(life.name);
    REQUIRE(moved > 0);
    const auto publication =
        std::find_if(published.begin(), published.end(), [&](const auto& entry) { return entry.seq > moved; });
    REQUIRE(publication != published.end());
    CHECK(life.going_at - publication->time >= ttl);
  }
}

/// Asks public DNS for every name again and again while it lives.
class Resolver {
 public:
  Resolver(Party& party, const std::set<std::string>& names)
      : thread_([this, url = party.cloud().url("control"), names](const std::stop_token& stop) {
          httplib::Client control(url);
          while (!stop.stop_requested()) {
            for (const std::string& name : names) {
              const auto answer = control.Get("/names/" + name);
              ++asked_;
              if (!answer || answer->status != 200 || Json::parse(answer->body).at("addresses").empty()) ++empty_;
            }
            std::this_thread::yield();
          }
        }) {}
  int asked() const { return asked_; }
  int empty() const { return empty_; }

 private:
  std::atomic<int> asked_{0};
  std::atomic<int> empty_{0};
  std::jthread thread_;
};

std::set<std::string> names_of(Party& party) {
  std::set<std::string> names;
  for (const Json& host : records(party.run({"list", "--json"}).out, "host"))
    if (host.contains("domain")) names.insert(host.at("domain"));
  return names;
}

std::set<std::string> images(Party& party) {
  std::set<std::string> found;
  const auto& ledger = party.cloud().ledger();
  std::set<std::string> gone;
  for (const auto& entry : ledger.entries("server"))
    if (entry.event == muster::sandbox::Event::deleted) gone.insert(entry.id);
  for (const auto& entry : ledger.created_ever("server"))
    if (!gone.contains(entry.id)) found.insert(Json::parse(entry.details).at("image"));
  return found;
}

std::uint64_t now_in(Party& party) { return party.cloud().ledger().summary().at("seq"); }

/// A fleet that stands, and then shall have another image.
void set_up(Party& party, int hosts, const std::string& roll) {
  ask(party, hosts, "Ubuntu 24.04", roll);
  const Ran made = party.run({"apply", "--yes"});
  INFO(made.screen);
  REQUIRE(made.code == 0);
  ask(party, hosts, "Debian 12", roll);
}

}  // namespace

TEST_CASE("a roll is shown in batches, and carried out so: no host is missing, no name without an answer", "[roll]") {
  Fleet party(6);
  set_up(party, 6, "{batch: 3, surge: 3}");
  const Ran plan = party.run({"plan", "--max-age", "24h"});
  CHECK(plan.code == 4);
  check_golden("plan-roll.txt", plan.screen);
  const std::uint64_t before = now_in(party);
  {
    const Resolver resolver(party, names_of(party));
    const Ran applied = party.run({"apply", "--yes", "--allow", "6"});
    INFO(applied.screen);
    CHECK(applied.code == 0);
    CHECK(resolver.asked() > 0);
    CHECK(resolver.empty() == 0);
  }
  CHECK(extremes(party, before).missing == 0);
  CHECK(extremes(party, before).servers <= 9);
  check_drained(party, before);
  CHECK(images(party).size() == 1);
  CHECK(party.cloud().ledger().counts("server").alive() == 6);
  CHECK(party.cloud().ledger().counts("server").created == 12);
  CHECK(party.run({"plan", "--max-age", "0"}).code == 0);
}

TEST_CASE("without a surge no more hosts are missing than may be", "[roll]") {
  Fleet party(5);
  set_up(party, 5, "{batch: 3, surge: 0, maxUnavailable: 2}");
  const std::uint64_t before = now_in(party);
  const Ran applied = party.run({"apply", "--yes"});
  INFO(applied.screen);
  CHECK(applied.code == 0);
  CHECK(extremes(party, before).missing >= 1);
  CHECK(extremes(party, before).missing <= 2);
  CHECK(extremes(party, before).servers == 5);
  CHECK(images(party).size() == 1);
  CHECK(party.cloud().ledger().counts("server").alive() == 5);
}

TEST_CASE("an image that does not work stops the roll in its first batch, and the fleet is up", "[roll]") {
  Fleet party(5);
  set_up(party, 5, "{batch: 2, surge: 2}");
  const std::uint64_t before = now_in(party);
  std::string golden;
  SECTION("the cloud cannot build from it") {
    party.cloud().faults().load({{"rules",
                                  {{{"service", "nova"},
                                    {"method", "POST"},
                                    {"path", "/servers$"},
                                    {"action", "pass"},
                                    {"effect", "error"}}}}});
    golden = "apply-roll-error.txt";
  }
  SECTION("its hosts never answer") {
    party.cloud().faults().load({{"rules", {{{"service", "guest"}, {"action", "drop-before"}}}}});
    golden = "apply-roll-silent.txt";
  }
  const std::set<std::string> names = names_of(party);
  const Ran applied = party.run({"apply", "--yes"});
  CHECK(applied.code == 6);
  check_golden(golden, applied.screen.substr(applied.screen.find("\nfailed to")));
  CHECK(extremes(party, before).missing == 0);
  std::size_t untouched = 0;
  for (const Life& life : lives(party)) {
    if (life.born <= before) CHECK(life.going > now_in(party));
    untouched += life.born <= before ? 1U : 0U;
  }
  CHECK(untouched == 5);
  CHECK(party.cloud().ledger().entries("record", before).empty());  // no name moved

  // The same image again: it does not pile up servers. Then one that works.
  CHECK(party.run({"apply", "--yes"}).code == 6);
  CHECK(party.cloud().ledger().counts("server").alive() <= 7);
  party.cloud().faults().clear();
  const Ran mended = party.run({"apply", "--yes"});
  INFO(mended.screen);
  CHECK(mended.code == 0);
  CHECK(extremes(party, before).missing == 0);
  check_drained(party, before);
  CHECK(party.cloud().ledger().counts("server").alive() == 5);
  CHECK(images(party).size() == 1);
}

TEST_CASE("a roll that was killed goes on where it was, within the same limits", "[roll]") {
  if constexpr (!muster::state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  const bool forgets = GENERATE(false, true);
  Fleet party(3);
  set_up(party, 3, "{surge: 1}");
  const std::uint64_t before = now_in(party);
  int kills = 0;
  for (const std::uint64_t entries : {8, 14, 30, 34, 60}) {
    CAPTURE(entries, forgets);
    if (party.run({"plan", "--max-age", "0"}).code == 0) break;
    const std::uint64_t start = now_in(party);
    muster::state::Child child([&](const auto&) { return party.run({"apply", "--yes"}).code; });
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (now_in(party) < start + entries && std::chrono::steady_clock::now() < limit)
      std::this_thread::sleep_for(1ms);
    child.kill();
    ++kills;
    if (forgets) party.forget_state();
  }
  CHECK(kills > 0);
  const Ran applied = party.run({"apply", "--yes"});
  INFO(applied.screen);
  CHECK(applied.code == 0);
  CHECK(extremes(party, before).missing == 0);
  check_drained(party, before);
  CHECK(images(party).size() == 1);
  CHECK(party.cloud().ledger().counts("server").alive() == 3);
  CHECK(party.run({"plan", "--max-age", "0"}).code == 0);
}
