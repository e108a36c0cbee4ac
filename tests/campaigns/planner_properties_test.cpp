#include "tests/campaigns/planner_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include "tests/campaigns/planner_cores.h"
#include "tests/campaigns/report.h"
#include "tests/campaigns/soak.h"
#include "tests/campaigns/world_generator.h"
#include "tests/campaigns/world_shrinker.h"
#include "tests/support/catch.h"

namespace muster::campaign {
namespace {

namespace fs = std::filesystem;

/// What the first property that fails says, with its name; empty: all hold. An exception is a failure as well.
std::string failure_of(const World& world, const Property& property) {
  try {
    return property.failure(world);
  } catch (const std::exception& error) {
    return fmt::format("it throws: {}\n", error.what());
  }
}

/// The smallest world that still fails goes to a file that replays it.
void report(const World& world, const Property& property) {
  const World smallest = shrink(world, [&](const World& smaller) { return !failure_of(smaller, property).empty(); });
  const fs::path file = fs::temp_directory_path() / fmt::format("muster-world-{}.json", world.seed);
  write_world(smallest, file);
  FAIL_CHECK(fmt::format("seed {}: not so: {}\n{}replay it with MUSTER_WORLD={}", world.seed, property.name,
                         failure_of(smallest, property), file.string()));
}

bool check_all(const World& world) {
  for (const Property& property : planner_properties()) {
    if (failure_of(world, property).empty()) continue;
    report(world, property);
    return false;
  }
  return true;
}

TEST_CASE("worlds that failed once", "[worlds]") {
  std::vector<fs::path> files;
  if (const char* file = std::getenv("MUSTER_WORLD")) {
    files.emplace_back(file);
  } else {
    for (const auto& entry : fs::directory_iterator("tests/campaigns/worlds")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const World world = read_world(file);
    for (const Property& property : planner_properties()) {
      INFO(file.string() << ": " << property.name);
      CHECK(failure_of(world, property) == "");
    }
  }
}

TEST_CASE("a world that is written and read again is the same", "[worlds]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const World world = generate_world(seed, 12);
    const World again = world_from_json(to_json(world));
    REQUIRE(to_json(again) == to_json(world));
    REQUIRE(plan_of(again) == plan_of(world));
  }
}

TEST_CASE("the number of cores does not show", "[worlds]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const World world = generate_world(seed, 600);
    pretend_cores(1);
    const plan::Plan alone = plan_of(world);
    for (const int cores : {2, 3, 8}) {
      pretend_cores(cores);
      REQUIRE(std::thread::hardware_concurrency() == static_cast<unsigned>(cores));
      INFO("seed " << seed << ", " << cores << " cores, " << world.resources.size() << " resources");
      CHECK(plan_of(world) == alone);
    }
    pretend_cores(0);
  }
}

TEST_CASE("generated worlds", "[worlds]") {
  if (std::getenv("MUSTER_WORLD") != nullptr) return;
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  test::CampaignRow row{"planner properties"};
  const int most_failures = 5;
  const std::uint64_t least = 10'000;
  std::uint64_t seed = 0;
  int failed = 0;
  const auto goes_on = [&] { return seed < least || (is_soak() && Clock::now() - began < std::chrono::minutes(5)); };
  while (failed < most_failures && goes_on()) {
    ++seed;
    if (!check_all(generate_world(seed, 1 + seed % 12))) ++failed;
  }
  row.runs = seed;
  row.remark = fmt::format("worlds, {} properties each, {} failed", planner_properties().size(), failed);
  test::print(row);
}

}  // namespace
}  // namespace muster::campaign
