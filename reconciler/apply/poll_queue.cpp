#include "reconciler/apply/poll_queue.h"

#include <algorithm>

namespace muster::apply {
namespace {

constexpr std::chrono::milliseconds shortest_gap{400};

}  // namespace

void PollQueue::want(const plan::Scope& scope, Step step, Time due) {
  forget(step);
  lines_[scope].due.emplace(due, step);
  places_[step] = {scope, due};
}

void PollQueue::forget(Step step) {
  const auto place = places_.find(step);
  if (place == places_.end()) return;
  lines_[place->second.first].due.erase({place->second.second, step});
  places_.erase(place);
}

std::vector<PollQueue::Batch> PollQueue::take_due(Time now) {
  std::vector<Batch> batches;
  for (auto& [scope, line] : lines_) {
    if (line.reading || line.due.empty() || line.due.begin()->first > now || line.not_before > now) continue;
    line.reading = true;
    line.began = now;
    Batch batch{scope, {}};
    for (const auto& [due, step] : line.due) {
      batch.steps.push_back(step);
      places_.erase(step);
    }
    line.due.clear();
    std::sort(batch.steps.begin(), batch.steps.end());
    batches.push_back(std::move(batch));
  }
  return batches;
}

void PollQueue::ended(const plan::Scope& scope, Time now) {
  Line& line = lines_[scope];
  line.reading = false;
  line.not_before = now + std::max(shortest_gap, now - line.began);
}

std::optional<Time> PollQueue::next_due() const {
  std::optional<Time> next;
  for (const auto& [scope, line] : lines_) {
    if (line.reading || line.due.empty()) continue;
    const Time due = std::max(line.due.begin()->first, line.not_before);
    if (!next || due < *next) next = due;
  }
  return next;
}

}  // namespace muster::apply
