#include "reconciler/apply/flush_queue.h"

#include <utility>

namespace muster::apply {

void FlushQueue::add(Step flush, bool owed, std::size_t covered) {
  Line& line = lines_[flush];
  line.owed = owed;
  line.open = covered;
}

void FlushQueue::written(Step flush, Step step, Time now) {
  Line& line = lines_[flush];
  --line.open;
  line.waiting.push_back(step);
  if (!line.first_written) line.first_written = now;
}

void FlushQueue::ended(Step flush, bool dirty) {
  Line& line = lines_[flush];
  --line.open;
  if (dirty) line.owed = true;
}

std::optional<Time> FlushQueue::due_of(const Line& line) const {
  if (line.running) return std::nullopt;
  if (line.retry_at) return line.retry_at;
  if (line.waiting.empty() && !line.owed) return std::nullopt;
  if (line.open == 0) return Time{};
  if (line.first_written) return *line.first_written + coalesce_;
  return std::nullopt;
}

std::vector<FlushQueue::Step> FlushQueue::due(Time now) const {
  std::vector<Step> due;
  for (const auto& [flush, line] : lines_) {
    const auto at = due_of(line);
    if (at && *at <= now) due.push_back(flush);
  }
  return due;
}

void FlushQueue::begin(Step flush) {
  Line& line = lines_[flush];
  line.running = true;
  line.owed = false;
  line.retry_at.reset();
  line.first_written.reset();
  line.in_flight.insert(line.in_flight.end(), line.waiting.begin(), line.waiting.end());
  line.waiting.clear();
}

void FlushQueue::retry(Step flush, Time due) {
  Line& line = lines_[flush];
  line.running = false;
  line.retry_at = due;
}

std::vector<FlushQueue::Step> FlushQueue::finish(Step flush) {
  Line& line = lines_[flush];
  line.running = false;
  line.retry_at.reset();
  return std::exchange(line.in_flight, {});
}

bool FlushQueue::is_idle(Step flush) const {
  const Line& line = lines_.at(flush);
  return line.open == 0 && line.waiting.empty() && line.in_flight.empty() && !line.owed && !line.running &&
         !line.retry_at;
}

std::optional<Time> FlushQueue::next_due(const std::function<bool(Step)>& may_begin) const {
  std::optional<Time> next;
  for (const auto& [flush, line] : lines_) {
    const auto due = due_of(line);
    if (due && (!next || *due < *next) && may_begin(flush)) next = due;
  }
  return next;
}

}  // namespace muster::apply
