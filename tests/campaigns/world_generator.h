#pragma once

// Worlds by chance: everything a planner may be told, likely and unlikely, in small numbers.

#include <cstddef>
#include <cstdint>

#include "resources/contract/resource.h"
#include "tests/campaigns/planner_world.h"

namespace muster::campaign {

/// Equal seeds and sizes give equal worlds. At most `size` resources are wanted.
World generate_world(std::uint64_t seed, std::size_t size);

/// A resource of that kind as the generator makes them, linked to nothing.
Resource lone_resource(const std::string& kind, const std::string& name);

/// What the backend shows of a resource as it is wanted, refs filled from `objects`, ready and with our stamp where the
/// kind takes one. `number` tells it from all others.
Observed made_from(const Resource& resource, const std::vector<Observed>& objects, const std::string& connection,
                   std::uint64_t number);

}  // namespace muster::campaign
