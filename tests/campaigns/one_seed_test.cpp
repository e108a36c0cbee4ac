// One seed decides clock, randomness, scheduling and transport: a concurrent apply replays exactly.

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include "tests/campaigns/report.h"
#include "tests/campaigns/seeded_fleet.h"
#include "tests/campaigns/soak.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::test;

namespace {

TEST_CASE("a seed replays exactly, and another one runs otherwise", "[one-seed]") {
  constexpr std::uint64_t seeds = 20;
  const SeededManifests manifests;
  std::map<std::uint64_t, SeededResult> first;
  run_seeds(1, seeds, manifests, true, [&](std::uint64_t seed, const SeededResult& result) { first[seed] = result; });
  std::set<std::uint64_t> digests;
  run_seeds(1, seeds, manifests, true, [&](std::uint64_t seed, const SeededResult& again) {
    INFO("MUSTER_SEED=" << seed);
    CHECK(again.lines == first[seed].lines);
    CHECK(again.digest == first[seed].digest);
    digests.insert(again.digest);
  });
  CHECK(digests.size() == seeds);
}

TEST_CASE("whatever a seed brings, nothing is left over, nothing is made twice, and all is as it is wanted",
          "[one-seed]") {
  const char* const only = std::getenv("MUSTER_SEED");
  const std::uint64_t first = only == nullptr ? 1 : std::strtoull(only, nullptr, 10);
  const std::uint64_t count = only == nullptr ? (campaign::is_soak() ? 20 : 1) * std::uint64_t{MUSTER_SEEDS} : 1;
  const SeededManifests manifests;
  CampaignRow row{"one seed"};
  std::uint64_t calls = 0;
  run_seeds(first, count, manifests, only != nullptr, [&](std::uint64_t seed, const SeededResult& result) {
    for (const std::string& line : result.lines) std::cout << line << "\n";
    INFO("run exactly this one, with its trace: MUSTER_SEED=" << seed);
    CHECK(result.complaint == "");
    CHECK(result.leaked == 0);
    CHECK(result.duplicated == 0);
    row.runs += result.processes;
    row.blows += result.deaths;
    row.leaked += result.leaked;
    row.duplicated += result.duplicated;
    calls += result.calls;
  });
  row.remark = fmt::format("{} seeds, {} calls", count, calls);
  print(row);
}

}  // namespace
