#pragma once

// Collects the steps of a plan with their edges, then puts them into the order in which they are shown and could run.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconciler/plan/plan.h"

namespace muster::plan {

/// A step of a wanted resource, without edges.
Step step_for(const Resource& resource, const std::string& connection, Verb verb);

class StepList {
 public:
  /// Returns the index to be used in edges until `take_sorted`.
  std::size_t add(Step step);
  Step& operator[](std::size_t index) { return steps_[index]; }
  std::size_t size() const { return steps_.size(); }

  /// Takes a step back that nothing has an edge to yet.
  void drop(std::size_t index) { dropped_.insert(index); }
  bool is_dropped(std::size_t index) const { return dropped_.contains(index); }

  /// The flush step of a target, made when it is asked for the first time.
  std::size_t flush_of(const std::string& connection, const ResourceId& target);

  /// The steps, dependencies first, then by group and id, flushes last; edges follow. Leaves the list empty.
  /// Throws Error(permanent) when the edges form a circle.
  std::vector<Step> take_sorted();

 private:
  std::vector<Step> steps_;
  std::map<std::pair<std::string, ResourceId>, std::size_t> flushes_;
  std::set<std::size_t> dropped_;
};

}  // namespace muster::plan
