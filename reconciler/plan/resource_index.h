#pragma once

// Where a resource stands among the wanted ones.

#include <cstddef>
#include <optional>
#include <span>
#include <unordered_map>

#include "resources/contract/hash_resource_id.h"
#include "resources/contract/resource.h"

namespace muster::plan {

/// The resources must outlive it and stay where they are; ids are unique.
class ResourceIndex {
 public:
  explicit ResourceIndex(std::span<const Resource> resources);
  std::optional<std::size_t> find(const ResourceId& id) const;

 private:
  struct HashPointed {
    std::size_t operator()(const ResourceId* id) const noexcept { return HashResourceId()(*id); }
  };
  struct EqualPointed {
    bool operator()(const ResourceId* a, const ResourceId* b) const noexcept { return *a == *b; }
  };
  std::unordered_map<const ResourceId*, std::size_t, HashPointed, EqualPointed> positions_;
};

}  // namespace muster::plan
