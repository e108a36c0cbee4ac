#pragma once

// What the simulated fleet's manifests say, for everything that a simulation may want.

#include <compare>
#include <filesystem>
#include <map>
#include <vector>

#include "manifests/load.h"
#include "resources/contract/registry.h"

namespace muster::test {

constexpr const char* seeded_fleet_uid = "5eed5eed5eed5eed5eed5eed5eed5eed";
constexpr const char* seeded_workshops[] = {"alpha", "beta"};

/// One workshop as a simulation may want it.
struct SeededWorkshop {
  int hosts = 0;  ///< none: there is no such manifest
  bool newer_image = false;
  int ttl = 60;
  auto operator<=>(const SeededWorkshop&) const = default;
};
/// One for each of seeded_workshops.
using SeededWish = std::vector<SeededWorkshop>;

/// All there are.
std::vector<SeededWorkshop> workshop_choices();

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

}  // namespace muster::test
