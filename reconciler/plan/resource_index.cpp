#include "reconciler/plan/resource_index.h"

namespace muster::plan {

ResourceIndex::ResourceIndex(std::span<const Resource> resources) {
  positions_.reserve(resources.size());
  for (std::size_t position = 0; position < resources.size(); ++position) {
    positions_.emplace(&resources[position].id, position);
  }
}

std::optional<std::size_t> ResourceIndex::find(const ResourceId& id) const {
  const auto found = positions_.find(&id);
  return found == positions_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace muster::plan
