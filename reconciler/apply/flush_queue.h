#pragma once

// When to flush: writes coalesce, at most one flush of a target is in flight, and there is always one at the end.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "resources/contract/resource.h"

namespace muster::apply {

class FlushQueue {
 public:
  using Step = std::size_t;

  explicit FlushQueue(std::chrono::milliseconds coalesce) : coalesce_(coalesce) {}

  /// `flush` is a flush step; `owed`: an earlier run wrote and did not flush; `covered`: steps that will write for it.
  void add(Step flush, bool owed, std::size_t covered);

  /// A covered step was written and waits for the flush.
  void written(Step flush, Step step, Time now);
  /// A covered step ended without a clean write. `dirty`: something of it may have been written all the same.
  void ended(Step flush, bool dirty);

  /// Flushes that may begin now.
  std::vector<Step> due(Time now) const;
  /// It is in flight from here on. Precondition: it is due.
  void begin(Step flush);
  /// The flush failed in a way worth another try at `due`; what it covered stays.
  void retry(Step flush, Time due);
  /// The flush has ended: the steps whose writes it covered.
  std::vector<Step> finish(Step flush);

  /// Nothing is or will be due for this flush.
  bool is_idle(Step flush) const;
  /// Of those that `may_begin`.
  std::optional<Time> next_due(const std::function<bool(Step)>& may_begin) const;

 private:
  struct Line {
    std::size_t open = 0;         ///< covered steps that have neither been written nor ended
    std::vector<Step> waiting;    ///< written since the last flush began
    std::vector<Step> in_flight;  ///< covered by the flush that runs, or that will be retried
    bool owed = false;
    bool running = false;
    std::optional<Time> retry_at;
    std::optional<Time> first_written;
  };
  std::optional<Time> due_of(const Line& line) const;

  std::chrono::milliseconds coalesce_;
  std::map<Step, Line> lines_;
};

}  // namespace muster::apply
