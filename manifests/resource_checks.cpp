#include "manifests/resource_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <mutex>
#include <tuple>
#include <utility>

#include "resources/contract/parallel.h"

namespace muster::manifests {
namespace {

struct Link {
  ResourceId to;
  std::string_view verb;  ///< "needs", for messages
};

std::vector<Link> links_of(const Resource& resource) {
  std::vector<Link> links;
  for (const ResourceId& id : resource.needs) links.push_back({id, "needs"});
  for (const ResourceId& id : resource.follows) links.push_back({id, "follows"});
  if (resource.inside) links.push_back({*resource.inside, "lies inside"});
  for (const Ref& ref : refs_in(resource.wanted)) links.push_back({ref.id, "refers to"});
  if (const auto& offered = resource.connection.offered) {
    links.push_back({offered->by, "is reached through"});
    for (const Ref& ref : refs_in(offered->spec)) links.push_back({ref.id, "is reached through"});
  }
  return links;
}

constexpr std::size_t nowhere = SIZE_MAX;

std::size_t index_of(const std::vector<Resource>& resources, const ResourceId& id) {
  const auto found = std::lower_bound(resources.begin(), resources.end(), id,
                                      [](const Resource& one, const ResourceId& key) { return one.id < key; });
  if (found == resources.end() || found->id != id) return nowhere;
  return static_cast<std::size_t>(found - resources.begin());
}

/// Resources are large: their order is found first, then each is moved once.
void sort_by_id(std::vector<Resource>& resources) {
  std::vector<Resource*> order;
  order.reserve(resources.size());
  for (Resource& resource : resources) order.push_back(&resource);
  std::sort(order.begin(), order.end(), [](const Resource* left, const Resource* right) {
    return std::tie(left->id, left->origin) < std::tie(right->id, right->origin);
  });
  std::vector<Resource> sorted;
  sorted.reserve(resources.size());
  for (Resource* resource : order) sorted.push_back(std::move(*resource));
  resources = std::move(sorted);
}

using Edges = std::vector<std::vector<std::size_t>>;

/// What is left when everything without open dependencies is taken away, again and again, from both ends.
std::vector<bool> knotted(const Edges& edges) {
  const std::size_t size = edges.size();
  Edges reverse(size);
  for (std::size_t from = 0; from < size; ++from) {
    for (const std::size_t to : edges[from]) reverse[to].push_back(from);
  }
  std::vector<bool> left(size, true);
  const auto peel = [&](const Edges& outgoing, const Edges& incoming) {
    std::vector<std::size_t> open(size, 0);
    std::vector<std::size_t> free;
    for (std::size_t index = 0; index < size; ++index) {
      if (!left[index]) continue;
      open[index] = static_cast<std::size_t>(
          std::count_if(outgoing[index].begin(), outgoing[index].end(), [&](std::size_t to) { return left[to]; }));
      if (open[index] == 0) free.push_back(index);
    }
    while (!free.empty()) {
      const std::size_t index = free.back();
      free.pop_back();
      left[index] = false;
      for (const std::size_t from : incoming[index]) {
        if (left[from] && --open[from] == 0) free.push_back(from);
      }
    }
  };
  peel(edges, reverse);
  peel(reverse, edges);
  return left;
}

/// A shortest way from `start` back to itself through `left`, `start` first; empty when there is none.
std::vector<std::size_t> way_around(const Edges& edges, const std::vector<bool>& left, std::size_t start) {
  std::vector<std::size_t> before(edges.size(), nowhere);
  std::deque<std::size_t> queue{start};
  while (!queue.empty()) {
    const std::size_t from = queue.front();
    queue.pop_front();
    for (const std::size_t to : edges[from]) {
      if (to == start) {
        std::vector<std::size_t> way;
        for (std::size_t at = from; at != start; at = before[at]) way.push_back(at);
        way.push_back(start);
        std::reverse(way.begin(), way.end());
        return way;
      }
      if (!left[to] || before[to] != nowhere) continue;
      before[to] = from;
      queue.push_back(to);
    }
  }
  return {};
}

}  // namespace

void sort_and_refuse_duplicates(std::vector<Resource>& resources, std::vector<Diagnostic>& diagnostics) {
  sort_by_id(resources);
  const Resource* first = nullptr;
  for (const Resource& resource : resources) {
    if (first == nullptr || resource.id != first->id) {
      first = &resource;
      continue;
    }
    diagnostics.push_back(
        {Severity::error, resource.origin, fmt::format("{} is wanted twice", resource.id.to_string()),
         fmt::format("{} at {} wants it already; rename one", first->origin.manifest, first->origin.to_string())});
  }
  const auto same_id = [](const Resource& left, const Resource& right) { return left.id == right.id; };
  resources.erase(std::unique(resources.begin(), resources.end(), same_id), resources.end());
}

Links links_between(const std::vector<Resource>& resources) {
  Links links;
  links.edges.resize(resources.size());
  std::mutex dangling;
  in_parallel(resources.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t from = begin; from < end; ++from) {
      std::vector<std::size_t>& edges = links.edges[from];
      for (Link& link : links_of(resources[from])) {
        const std::size_t target = index_of(resources, link.to);
        if (target != nowhere) {
          edges.push_back(target);
          continue;
        }
        const std::lock_guard lock(dangling);
        links.dangling.push_back({from, std::move(link.to), link.verb});
      }
      std::sort(edges.begin(), edges.end());
      edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    }
  });
  std::stable_sort(links.dangling.begin(), links.dangling.end(),
                   [](const auto& left, const auto& right) { return left.from < right.from; });
  return links;
}

void refuse_dangling(const std::vector<Resource>& resources, const Links& links, std::vector<Diagnostic>& diagnostics) {
  for (const Dangling& dangling : links.dangling) {
    const Resource& resource = resources[dangling.from];
    diagnostics.push_back({Severity::error, resource.origin,
                           fmt::format("{} {} {}, which no manifest wants", resource.id.to_string(), dangling.verb,
                                       dangling.to.to_string()),
                           "add what is missing, or remove what refers to it"});
  }
}

void refuse_cycles(const std::vector<Resource>& resources, const Links& links, std::vector<Diagnostic>& diagnostics) {
  const Edges& edges = links.edges;
  std::vector<bool> left = knotted(edges);
  for (std::size_t start = 0; start < resources.size(); ++start) {
    if (!left[start]) continue;
    const std::vector<std::size_t> way = way_around(edges, left, start);
    left[start] = false;
    if (way.empty()) continue;
    std::string text;
    for (const std::size_t index : way) {
      left[index] = false;
      text += resources[index].id.to_string() + " -> ";
    }
    diagnostics.push_back({Severity::error, resources[start].origin,
                           fmt::format("resources wait for each other: {}{}", text, resources[start].id.to_string()),
                           "remove one of these references"});
  }
}

}  // namespace muster::manifests
