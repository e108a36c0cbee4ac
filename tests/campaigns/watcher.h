#pragma once

// Follows the milestones of a run, and ends the process at one of them.

#include <compare>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "resources/contract/milestone.h"

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

class Watcher : public Milestones {
 public:
  void reached(Milestone milestone, std::string_view verb, const ResourceId& id) override;

  /// For the next run, which ends there by SIGKILL; nothing: it goes on to its end.
  void follow(std::optional<Spot> fatal);
  /// In the order in which they were reached.
  std::vector<Spot> spots() const;

 private:
  mutable std::mutex mutex_;
  std::optional<Spot> fatal_;
  std::vector<Spot> spots_;
  std::map<Spot, int> occurrences_;            ///< by spots without theirs
  std::map<ResourceId, std::string> verb_of_;  ///< the last that began
};

}  // namespace muster::test
