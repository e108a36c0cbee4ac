#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "resources/contract/resource_id.h"

namespace muster {

/// For tables that are looked up and never iterated: their order differs between machines.
struct HashResourceId {
  // Names differ far more than kinds.
  std::size_t operator()(const ResourceId& id) const noexcept {
    const std::hash<std::string> hash;
    return hash(id.name) * 31 + hash(id.kind);
  }
};

}  // namespace muster
