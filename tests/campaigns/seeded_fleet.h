#pragma once

// A fleet, its cloud and its database, and the engine run again and again: all of it one simulation.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/campaigns/seeded_manifests.h"

namespace muster::test {

struct SeededResult {
  std::uint64_t digest = 0;
  std::size_t processes = 0;
  std::size_t deaths = 0;
  std::size_t calls = 0;
  std::size_t leaked = 0;
  std::size_t duplicated = 0;
  /// What is wrong at the end, for people; empty: all is as it is wanted, and nothing is left to do.
  std::string complaint;
  std::vector<std::string> lines;  ///< when asked for
};

/// Builds up what the seed wants, changes it, kills and stops processes and spoils calls on the way; at the end nothing
/// goes wrong any more.
SeededResult run_seed(std::uint64_t seed, const SeededManifests& manifests, bool keeps_lines);

/// The same for `count` seeds from `first` on, each in a child process, so that a seed finds the same process whatever
/// ran before it. As many at a time as there are cores; `take` gets the results in order.
void run_seeds(std::uint64_t first, std::uint64_t count, const SeededManifests& manifests, bool keeps_lines,
               const std::function<void(std::uint64_t seed, const SeededResult& result)>& take);

}  // namespace muster::test
