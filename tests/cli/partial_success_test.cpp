// Partial success is normal: what the cloud can do is delivered, and what it cannot is said in its own words.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/campaigns/killed_run.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

using nlohmann::json;
using sandbox::Event;
using sandbox::LedgerEntry;
using std::chrono::minutes;
using std::chrono::seconds;

json create_with(const char* effect, int skip, int count) {
  return {{"service", "nova"}, {"method", "POST"}, {"path", "/servers$"},
          {"skip", skip},      {"count", count},   {"effect", effect}};
}

/// What became of the servers of one host.
struct Life {
  std::vector<std::string> fates;  ///< of each that was created
  sandbox::Time last_created{};
  int standing = 0;
};

/// By the first label of their names.
std::map<std::string, Life> lives(const sandbox::Ledger& ledger) {
  std::map<std::string, Life> result;
  for (const LedgerEntry& entry : ledger.entries("server")) {
    Life& life = result[entry.name.substr(entry.name.rfind('-') + 1)];
    if (entry.event == Event::created) {
      life.fates.push_back(json::parse(entry.details).value("fate", "active"));
      life.last_created = entry.time;
      ++life.standing;
    }
    if (entry.event == Event::deleted) --life.standing;
  }
  return result;
}

std::size_t count_of_fates(const std::map<std::string, Life>& lives, const std::vector<std::string>& fates) {
  return static_cast<std::size_t>(
      std::count_if(lives.begin(), lives.end(), [&](const auto& life) { return life.second.fates == fates; }));
}

}  // namespace

TEST_CASE("of 50 hosts 3 fail once and 2 never boot: 48 are delivered, each as soon as it is ready, 2 are reported") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  KillableFleet fleet(50);
  fleet.set_leap(seconds(5));
  fleet.party().cloud().faults().load({{"rules", {create_with("error", 10, 3), create_with("stuck", 20, 2)}}});
  const sandbox::Ledger& ledger = fleet.party().cloud().ledger();

  const EndedRun apply = fleet.run({"apply", "--yes"});
  INFO(apply.screen);
  CHECK(apply.status == 6);
  // The two were given their time.
  CHECK(apply.passed >= minutes(15));

  const auto all = lives(ledger);
  REQUIRE(all.size() == 50);
  CHECK(std::all_of(all.begin(), all.end(), [](const auto& life) { return life.second.standing == 1; }));
  CHECK(count_of_fates(all, {"active"}) == 45);
  CHECK(count_of_fates(all, {"error", "active"}) == 3);
  CHECK(count_of_fates(all, {"stuck"}) == 2);

  // Nobody's name waits for another host.
  std::size_t named = 0;
  for (const LedgerEntry& entry : ledger.entries("record")) {
    // "A abcde.my-event.example.com"
    const std::size_t host = entry.name.find(' ') + 1;
    const auto life = all.find(entry.name.substr(host, entry.name.find('.') - host));
    if (entry.event != Event::created || life == all.end()) continue;
    ++named;
    INFO(entry.name);
    CHECK(life->second.fates.back() == "active");
    CHECK(entry.time - life->second.last_created < minutes(1));
  }
  CHECK(named == 48);

  std::size_t reported = 0;
  for (const auto& [host, life] : all) {
    if (life.fates.back() != "stuck") continue;
    INFO(host);
    CHECK(apply.screen.find("openstack.server:my-event/" + host) != std::string::npos);
    ++reported;
  }
  CHECK(reported == 2);
  CHECK(apply.screen.find("not ready within 900 s: BUILD") != std::string::npos);

  const EndedRun status = fleet.run({"status"});
  INFO(status.screen);
  CHECK(status.screen.find("48/50") != std::string::npos);
}

}  // namespace muster::test
