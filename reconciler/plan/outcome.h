#pragma once

// What the planner has decided of each wanted resource, for those who order its steps.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/plan/assess.h"
#include "reconciler/plan/graph.h"
#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/step_list.h"

namespace muster::plan {

/// What a verdict means for the plan.
enum class Future {
  stays,     ///< it is as wanted
  step,      ///< a step makes it so
  hopeless,  ///< nothing can be planned for it, nor for what needs it
};

Future future_of(Verdict verdict);

/// What the planner knows of one wanted resource once it has been looked at.
struct Outcome {
  Verdict verdict = Verdict::unchanged;
  const Observed* keeper = nullptr;
  std::optional<std::size_t> last_step{};  ///< the step after which the resource is as wanted
  bool holds = false;                      ///< policy keeps a difference from becoming a step

  bool is_made_anew() const {
    const bool keeps = verdict == Verdict::update || (verdict == Verdict::finish && keeper != nullptr);
    return future_of(verdict) == Future::step && !keeps;
  }
};

/// The removal of an object whose resource has another one, or gets one.
struct Retirement {
  std::size_t resource = 0;
  std::size_t step = 0;
};

/// Indices are into inputs.resources, of steps into `steps`.
struct Decided {
  const Inputs& inputs;
  const Graph& graph;
  const std::vector<std::vector<std::size_t>>& dependents;  ///< who needs a resource
  const std::vector<char>& entangled;                       ///< see roll.h
  std::vector<Outcome>& outcomes;
  std::vector<Retirement>& retired;
  StepList& steps;
  Plan& plan;

  bool rolls(std::size_t resource) const { return inputs.resources[resource].lifecycle.replace == ReplacePolicy::roll; }
  const Driver& driver_of(std::size_t resource) const {
    return *inputs.registry.driver(inputs.resources[resource].id.kind);
  }
  /// The step that makes a write to `id` count, if the kind has one.
  std::optional<std::size_t> flush_for(const ResourceId& id, const std::string& connection) const;
};

}  // namespace muster::plan
