#pragma once

// A fleet, its cloud and its database, and the engine run again and again: all of it one simulation.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "manifests/load.h"
#include "resources/contract/registry.h"

namespace muster::test {

/// One workshop as a simulation may want it.
struct SeededWorkshop {
  int hosts = 0;  ///< none: there is no such manifest
  bool newer_image = false;
  int ttl = 60;
  auto operator<=>(const SeededWorkshop&) const = default;
};
using SeededWish = std::vector<SeededWorkshop>;

/// What manifests say, read once for all simulations: every wish there can be, so that what a process has done before
/// it runs a seed never depends on which seeds those are.
class SeededManifests {
 public:
  /// Throws std::runtime_error when the manifests are no good.
  SeededManifests();
  ~SeededManifests();
  SeededManifests(const SeededManifests&) = delete;
  SeededManifests& operator=(const SeededManifests&) = delete;

  const manifests::Load& load(const SeededWish& wish) const { return loads_.at(wish); }
  const Registry& registry() const { return registry_; }
  /// For databases.
  const std::filesystem::path& directory() const { return directory_; }

 private:
  void read(const SeededWish& wish);

  std::filesystem::path directory_;
  Registry registry_;
  std::map<SeededWish, manifests::Load> loads_;
};

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
