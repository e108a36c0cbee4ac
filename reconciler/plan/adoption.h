#pragma once

// Which objects of others could become ours as they are. Pure, as make_plan is: the drivers' answers are an argument.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/plan/make_plan.h"

namespace muster::plan {

/// A wanted resource and the one object that stands where it is wanted.
struct Candidate {
  Resource resource;  ///< refs filled from what stands there, whoever made it
  Observed object;
};

/// What Driver::examine said of a candidate, or why it could not be asked.
struct Examined {
  Takeover takeover;
  std::string failure;
};
using Examinations = std::map<ResourceId, Examined>;

/// A wanted resource that stands there already and does not become ours, and why.
struct Refusal {
  ResourceId id{};
  std::string group{};
  Origin origin{};
  std::vector<std::string> backend_ids{};  ///< sorted
  std::vector<FieldChange> differs{};      ///< before: there; after: here
  std::string reason{};                    ///< empty when `differs` says it
  std::optional<ResourceId> because_of{};  ///< it needs what is not adopted
};

struct Adoption {
  /// Adoptions, marks to be made, checks to be looked at, flushes. Held: what the next apply changes in place.
  Plan plan;
  std::vector<Refusal> refused;
  std::vector<Unknown> unknown;
  std::vector<ResourceId> ours;    ///< they are already
  std::vector<ResourceId> absent;  ///< nothing stands there: apply makes them
};

/// What the drivers have to be asked about, by id: exactly one object stands there, and it is not ours for certain.
std::vector<Candidate> adoption_candidates(const Inputs& inputs);

/// A candidate is adopted when its examination found nothing against it and all it needs is ours or adopted with it.
/// What it shall be like where that can change in place is not touched. Marks are made when something adopted needs
/// them, checks that have not passed are looked at. Nothing else is created, replaced or removed.
Adoption plan_adoption(const Inputs& inputs, const Examinations& examinations);

}  // namespace muster::plan
