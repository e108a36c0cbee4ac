#pragma once

// Which waiting steps to read next. One bulk read per scope serves all that wait there.

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "reconciler/plan/snapshot.h"

namespace muster::apply {

class PollQueue {
 public:
  using Step = std::size_t;
  struct Batch {
    plan::Scope scope;
    std::vector<Step> steps;
  };

  /// `step` wants to be read at `due`; a second call moves it.
  void want(const plan::Scope& scope, Step step, Time due);
  void forget(Step step);

  /// Scopes with something due and no read under way: everything that waits there, marked as being read.
  std::vector<Batch> take_due(Time now);
  /// The read of `scope` has ended; the next one waits at least as long as this one took.
  void ended(const plan::Scope& scope, Time now);

  std::optional<Time> next_due() const;

 private:
  struct Line {
    std::set<std::pair<Time, Step>> due;
    bool reading = false;
    Time began{};
    Time not_before{};
  };
  std::map<plan::Scope, Line> lines_;
  std::map<Step, std::pair<plan::Scope, Time>> places_;
};

}  // namespace muster::apply
