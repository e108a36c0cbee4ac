#pragma once

// Whose turn it is on one connection.

#include <cstddef>
#include <map>
#include <set>

namespace muster::apply {

/// Steps that may begin, fair over the manifests they come from: groups take turns, and within a group steps go in the
/// plan's order. So a workshop of 500 hosts does not keep one of 5 waiting. Deterministic; O(log n) for a step.
class ReadyQueue {
 public:
  using Step = std::size_t;
  using Group = std::size_t;

  void add(Group group, Step step) { waiting_[group].insert(step); }
  bool empty() const { return waiting_.empty(); }

  /// Precondition: not empty. The first step of the group that follows the one served last.
  Step take() {
    auto turn = served_any_ ? waiting_.upper_bound(last_) : waiting_.begin();
    if (turn == waiting_.end()) turn = waiting_.begin();
    last_ = turn->first;
    served_any_ = true;
    const Step step = *turn->second.begin();
    turn->second.erase(turn->second.begin());
    if (turn->second.empty()) waiting_.erase(turn);
    return step;
  }

 private:
  std::map<Group, std::set<Step>> waiting_;  ///< no group of it is empty
  Group last_ = 0;
  bool served_any_ = false;
};

}  // namespace muster::apply
