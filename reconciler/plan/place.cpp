#include "reconciler/plan/place.h"

#include <algorithm>

namespace muster::plan {

std::string place(const Resource& resource, const Snapshot& snapshot) {
  const ConnectionChoice& choice = resource.connection;
  if (choice.offered) return choice.offered->kind + "/" + choice.offered->by.to_string();
  if (choice.candidates.empty()) return {};
  if (choice.candidates.size() > 1) {
    const auto [first, last] = snapshot.objects.equal_range(resource.id);
    for (const std::string& candidate : choice.candidates) {
      const bool is_home = std::any_of(first, last, [&](const auto& entry) {
        return entry.second.connection == candidate && entry.second.ownership == Ownership::ours;
      });
      if (is_home) return candidate;
    }
  }
  return choice.candidates.front();
}

}  // namespace muster::plan
