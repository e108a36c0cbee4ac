#pragma once

// Whether a resource is wanted at a given time.

#include "resources/contract/resource.h"

namespace muster::plan {

enum class Season {
  early,    ///< not made yet; what is there already stays and is kept as wanted
  current,  ///< wanted
  over,     ///< removed
};

/// A lifecycle that ends before it begins is over from its end on.
Season season_of(const Resource& resource, Time now);

}  // namespace muster::plan
