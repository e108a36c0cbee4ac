#pragma once

// Who depends on whom among wanted resources.

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "resources/contract/resource.h"

namespace muster::plan {

/// Edges by index into the resources it was built from. Refs inside `wanted` and in an offered connection count as
/// needs; `inside` counts as a need as well. Ids that are not among the resources have no edge.
struct Graph {
  std::vector<std::vector<std::size_t>> needs;
  std::vector<std::vector<std::size_t>> follows;
  /// Dependencies first, ties by id: the same for every order of the input.
  std::vector<std::size_t> order;
};

/// Precondition: no cycles (Error(invalid) naming one otherwise).
Graph build_graph(std::span<const Resource> resources);

}  // namespace muster::plan
