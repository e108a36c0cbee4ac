#pragma once

// Follows the milestones of a run, and ends the process at one of them.

#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "resources/contract/milestone.h"
#include "tests/campaigns/shared_number.h"

namespace muster::test {

/// A milestone that a run reaches, told from others like it.
struct Spot {
  Milestone milestone = Milestone::before_intent;
  std::string verb;
  ResourceId id;
  int occurrence = 1;  ///< of the same milestone, verb and id in this run

  auto operator<=>(const Spot&) const = default;
  std::string to_string() const;
};

/// What the sandbox calls the service that objects of this kind are written with.
std::string service_of(const ResourceId& id);

class Watcher : public Milestones {
 public:
  Watcher();
  void reached(Milestone milestone, std::string_view verb, const ResourceId& id) override;

  /// For the next run, which ends there by SIGKILL; nothing: it goes on to its end.
  void follow(std::optional<Spot> fatal);
  /// How many writing requests to `service` have left in the last run with a fatal spot, also when that was a child
  /// that is dead.
  std::int64_t sent(const std::string& service) const { return *sent_.at(service); }
  /// In the order in which they were reached.
  std::vector<Spot> spots() const;

 private:
  mutable std::mutex mutex_;
  std::optional<Spot> fatal_;
  std::map<std::string, SharedNumber> sent_;  ///< by service, made before any child
  std::vector<Spot> spots_;
  std::map<Spot, int> occurrences_;            ///< by spots without theirs
  std::map<ResourceId, std::string> verb_of_;  ///< the last that began
};

}  // namespace muster::test
