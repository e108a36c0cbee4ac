#pragma once

// What no manifest wants has no edges, but may belong to such a thing that stays: then it stays as well.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/step_list.h"

namespace muster::plan {

/// `kept`: objects that stay; `unwanted`: removals of what no manifest wants. What was made for a thing that stays
/// shows it: it holds what that thing was born with (its address), and a mark stands where such a one lies. Their
/// removals are dropped and told as held.
void hold_belongings(const Inputs& inputs, const std::vector<const Observed*>& kept,
                     const std::vector<std::size_t>& unwanted, StepList& steps, Plan& plan);

/// Each of these removals waits until all that was made for its object is gone, and does not begin where that failed.
/// Precondition: hold_belongings() has dropped what stays.
void link_belongings(const Inputs& inputs, const std::vector<std::size_t>& unwanted, StepList& steps);

/// What came into being with the object: its address. Whatever holds one of these was made for it.
std::set<std::string> born_with(const Inputs& inputs, const Observed& object);
/// Those of the members and of their lists.
std::set<std::string> texts_in(const Value& attributes);

/// All that is told of where `mark`, an object of `driver`, stands is told of `place` as well.
bool marks(const Driver& driver, const Observed& mark, const Value& place);

}  // namespace muster::plan
