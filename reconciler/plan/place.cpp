#include "reconciler/plan/place.h"

#include <algorithm>

namespace muster::plan {

std::string place(const Resource& resource, const Snapshot& snapshot) {
  const ConnectionChoice& choice = resource.connection;
  if (choice.offered) return choice.offered->kind + "/" + choice.offered->by.to_string();
  if (choice.candidates.empty()) return {};
  if (choice.candidates.size() > 1) {
    const auto [first, last] = snapshot.objects.equal_range(resource.id);
    for (auto object = first; object != last; ++object) {
      const std::string& home = object->second.connection;
      const bool is_candidate =
          std::find(choice.candidates.begin(), choice.candidates.end(), home) != choice.candidates.end();
      if (is_candidate && object->second.ownership == Ownership::ours) return home;
    }
  }
  return choice.candidates.front();
}

}  // namespace muster::plan
