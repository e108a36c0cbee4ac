#pragma once

// Doing a part of a plan: --only and --except, with what belongs to the chosen. Pure.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/pattern.h"
#include "reconciler/plan/plan.h"
#include "resources/contract/manifest.h"

namespace muster::plan {

/// Patterns as a person wrote them; see ids_meant.
struct Selection {
  std::vector<std::string> only{};  ///< empty: everything
  std::vector<std::string> except{};
  bool empty() const { return only.empty() && except.empty(); }
  bool operator==(const Selection&) const = default;
};

/// A step that is done, or is not done, although nobody named it.
struct Linked {
  ResourceId id;
  Verb verb = Verb::create;
  ResourceId because_of;
  auto operator<=>(const Linked&) const = default;
};

/// What became of a plan by a selection; for views.
struct Selected {
  Selection asked;
  std::vector<Linked> pulled_in;  ///< done as well: `because_of` needs it done
  std::vector<Linked> kept;       ///< not done: it would harm `because_of`, or needs it, which --except names
  std::size_t left_out = 0;       ///< changes of the whole plan that are not done; a replacement is one
  std::set<ResourceId> covered;   ///< what the narrowed plan speaks of
};

/// Everything that has a name: wanted resources and `others`. What no manifest wants any more counts to the manifest
/// whose resources lie in the same space. `manifests` must outlive the result.
std::vector<Subject> subjects_of(const std::vector<Resource>& resources, const std::vector<Manifest>& manifests,
                                 const std::set<ResourceId>& others);

/// The same of a plan: `others` are what is ours and was seen, and what the plan mentions.
std::vector<Subject> subjects_of(const Inputs& inputs, const std::vector<Manifest>& manifests, const Plan& plan);

/// Throws Error(usage) when nothing of `subjects` is meant by `only` (all, where nothing is named) and not by `except`:
/// what --only and --except mean in `selection`.
void refuse_if_empty(const Selection& selection, const std::set<ResourceId>& only, const std::set<ResourceId>& except,
                     const std::vector<Subject>& subjects);

/// Narrows `plan` to what is selected. A create or update takes along what it needs, a removal what depends on the
/// removed; what --except names stays as it is, and so does what it needs, as far as that would be taken away.
/// Throws Error(usage) when a pattern means nothing (see ids_meant), and when nothing is left of --only after --except.
Selected select(Plan& plan, const Inputs& inputs, const std::vector<Manifest>& manifests, const Selection& selection);

}  // namespace muster::plan
