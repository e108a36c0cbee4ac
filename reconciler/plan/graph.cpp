#include "reconciler/plan/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <queue>
#include <string>
#include <utility>

#include "resources/contract/error.h"
#include "resources/contract/parallel.h"

namespace muster::plan {
namespace {

void add_edge(std::vector<std::size_t>& edges, const ResourceIndex& index, const ResourceId& id, std::size_t self) {
  const auto found = index.find(id);
  if (found && *found != self) edges.push_back(*found);
}

void make_unique(std::vector<std::size_t>& edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
}

/// Comparing numbers instead of names: they are compared often.
std::vector<std::size_t> ranks_by_id(std::span<const Resource> resources) {
  std::vector<std::size_t> by_id(resources.size());
  std::iota(by_id.begin(), by_id.end(), std::size_t{0});
  const auto less = [&](std::size_t a, std::size_t b) { return resources[a].id < resources[b].id; };
  if (!std::is_sorted(by_id.begin(), by_id.end(), less)) std::sort(by_id.begin(), by_id.end(), less);
  std::vector<std::size_t> ranks(resources.size());
  for (std::size_t rank = 0; rank < by_id.size(); ++rank) ranks[by_id[rank]] = rank;
  return ranks;
}

void add_edges_of(const Resource& resource, std::size_t i, Graph& graph) {
  const ResourceIndex& index = graph.index;
  auto& needs = graph.needs[i];
  for (const ResourceId& id : resource.needs) add_edge(needs, index, id, i);
  const std::vector<Ref> refs = refs_in(resource.wanted);
  graph.refers[i] = refs.empty() ? 0 : 1;
  for (const Ref& ref : refs) add_edge(needs, index, ref.id, i);
  if (resource.inside) add_edge(needs, index, *resource.inside, i);
  if (const auto& offered = resource.connection.offered) {
    add_edge(needs, index, offered->by, i);
    for (const Ref& ref : refs_in(offered->spec)) add_edge(needs, index, ref.id, i);
  }
  for (const ResourceId& id : resource.follows) add_edge(graph.follows[i], index, id, i);
  make_unique(needs);
  make_unique(graph.follows[i]);
}

/// Kahn's algorithm with the smallest id first, so that the input's order does not show.
std::vector<std::size_t> topological_order(std::span<const Resource> resources, const Graph& graph) {
  std::vector<std::size_t> open_edges(resources.size(), 0);
  std::vector<std::vector<std::size_t>> dependents(resources.size());
  for (std::size_t i = 0; i < resources.size(); ++i) {
    for (const auto* edges : {&graph.needs[i], &graph.follows[i]}) {
      open_edges[i] += edges->size();
      for (std::size_t dependency : *edges) dependents[dependency].push_back(i);
    }
  }
  const std::vector<std::size_t> rank = ranks_by_id(resources);
  const auto later = [&](std::size_t a, std::size_t b) { return rank[a] > rank[b]; };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> ready(later);
  for (std::size_t i = 0; i < resources.size(); ++i) {
    if (open_edges[i] == 0) ready.push(i);
  }
  std::vector<std::size_t> order;
  order.reserve(resources.size());
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    order.push_back(next);
    for (std::size_t dependent : dependents[next]) {
      if (--open_edges[dependent] == 0) ready.push(dependent);
    }
  }
  if (order.size() != resources.size()) {
    const auto stuck = std::find_if(open_edges.begin(), open_edges.end(), [](std::size_t n) { return n > 0; });
    const Resource& resource = resources[static_cast<std::size_t>(stuck - open_edges.begin())];
    throw Error(Fault::invalid, fmt::format("{} depends on itself", resource.id.to_string()));
  }
  return order;
}

}  // namespace

Graph build_graph(std::span<const Resource> resources) {
  Graph graph(resources);
  graph.needs.resize(resources.size());
  graph.follows.resize(resources.size());
  graph.refers.resize(resources.size());
  in_parallel(resources.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) add_edges_of(resources[i], i, graph);
  });
  graph.order = topological_order(resources, graph);
  return graph;
}

std::map<ResourceId, ResourceId> needed_by(const std::set<ResourceId>& chosen, std::span<const Resource> resources) {
  std::map<ResourceId, ResourceId> result;
  const Graph graph = build_graph(resources);
  std::vector<std::pair<std::size_t, ResourceId>> open;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    if (chosen.contains(resources[i].id)) open.emplace_back(i, resources[i].id);
  }
  while (!open.empty()) {
    const auto [index, because_of] = open.back();
    open.pop_back();
    for (const std::size_t need : graph.needs[index]) {
      const ResourceId& id = resources[need].id;
      if (!chosen.contains(id) && result.try_emplace(id, because_of).second) open.emplace_back(need, because_of);
    }
  }
  return result;
}

}  // namespace muster::plan
