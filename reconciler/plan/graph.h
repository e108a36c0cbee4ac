#pragma once

// Who depends on whom among wanted resources.

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "reconciler/plan/resource_index.h"
#include "resources/contract/resource.h"

namespace muster::plan {

/// Edges by index into the resources it was built from. Refs inside `wanted` and in an offered connection count as
/// needs; `inside` counts as a need as well. Ids that are not among the resources have no edge.
struct Graph {
  explicit Graph(std::span<const Resource> resources) : index(resources) {}

  ResourceIndex index;
  std::vector<std::vector<std::size_t>> needs;
  std::vector<std::vector<std::size_t>> follows;
  /// Whether refs stand in `wanted`: most resources have none, and need no copy with them filled.
  std::vector<char> refers;
  /// Dependencies first, ties by id: the same for every order of the input.
  std::vector<std::size_t> order;
};

/// What the chosen stand on, themselves left out, and which of them leads there. Chosen ids that are not among the
/// resources stand on nothing.
std::map<ResourceId, ResourceId> needed_by(const std::set<ResourceId>& chosen, std::span<const Resource> resources);

/// The resources must outlive the graph. Precondition: no cycles (Error(invalid) naming one otherwise).
Graph build_graph(std::span<const Resource> resources);

}  // namespace muster::plan
