#include "resources/contract/context.h"

#include <utility>

namespace muster {

void CallCounter::add(std::string_view what) {
  const std::lock_guard lock(mutex_);
  auto count = counts_.find(what);
  if (count == counts_.end()) count = counts_.emplace(what, 0).first;
  ++count->second;
}

std::map<std::string, std::uint64_t> CallCounter::totals() const {
  const std::lock_guard lock(mutex_);
  return {counts_.begin(), counts_.end()};
}

std::uint64_t CallCounter::total() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [what, count] : counts_) sum += count;
  return sum;
}

void RequestIds::add(std::string_view id) {
  // A backend decides what it writes there; nobody needs a page of it.
  constexpr std::size_t longest = 128;
  const std::lock_guard lock(mutex_);
  ids_.emplace_back(id.substr(0, longest));
}

std::vector<std::string> RequestIds::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(ids_, {});
}

}  // namespace muster
