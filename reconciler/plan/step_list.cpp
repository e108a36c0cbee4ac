#include "reconciler/plan/step_list.h"

#include <algorithm>
#include <queue>
#include <tuple>

#include "resources/contract/error.h"

namespace muster::plan {
namespace {

using Indices = std::vector<std::size_t>;

void remap(Indices& edges, const Indices& position) {
  for (std::size_t& edge : edges) edge = position[edge];
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
}

auto sort_key(const Step& step) { return std::tie(step.stage, step.group, step.id, step.half, step.connection); }

bool comes_before(const Step& a, const Step& b) {
  const bool a_flushes = a.verb == Verb::flush;
  const bool b_flushes = b.verb == Verb::flush;
  if (a_flushes != b_flushes) return b_flushes;
  if (sort_key(a) != sort_key(b)) return sort_key(a) < sort_key(b);
  const std::string& a_object = a.object ? a.object->backend_id : std::string();
  const std::string& b_object = b.object ? b.object->backend_id : std::string();
  return a_object < b_object;
}

}  // namespace

Step step_for(const Resource& resource, const std::string& connection, Verb verb) {
  Step step;
  step.verb = verb;
  step.id = resource.id;
  step.connection = connection;
  step.group = resource.group;
  step.origin = resource.origin;
  return step;
}

std::size_t StepList::add(Step step) {
  steps_.push_back(std::move(step));
  return steps_.size() - 1;
}

std::size_t StepList::flush_of(const std::string& connection, const ResourceId& target) {
  const auto [entry, is_new] = flushes_.try_emplace({connection, target}, steps_.size());
  if (is_new) {
    Step step;
    step.verb = Verb::flush;
    step.id = target;
    step.connection = connection;
    steps_.push_back(std::move(step));
  }
  return entry->second;
}

std::vector<Step> StepList::take_sorted() {
  // A dropped step goes, and a flush that only dropped steps wanted.
  std::set<std::size_t> flushed;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].flush && !dropped_.contains(i)) flushed.insert(*steps_[i].flush);
  }
  const auto is_idle = [&](std::size_t i) {
    const Step& step = steps_[i];
    return dropped_.contains(i) || (step.verb == Verb::flush && step.start == Start::call && !flushed.contains(i));
  };
  Indices open_edges(steps_.size(), 0);
  std::vector<Indices> dependents(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    for (const Indices* edges : {&steps_[i].needs, &steps_[i].follows, &steps_[i].after}) {
      for (std::size_t dependency : *edges) {
        dependents[dependency].push_back(i);
        ++open_edges[i];
      }
    }
  }
  const auto later = [this](std::size_t a, std::size_t b) { return comes_before(steps_[b], steps_[a]); };
  std::priority_queue<std::size_t, Indices, decltype(later)> ready(later);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (open_edges[i] == 0) ready.push(i);
  }
  Indices position(steps_.size());
  Indices order;
  std::size_t kept = 0;
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    if (!is_idle(next)) position[next] = kept++;
    order.push_back(next);
    for (std::size_t dependent : dependents[next]) {
      if (--open_edges[dependent] == 0) ready.push(dependent);
    }
  }
  if (order.size() != steps_.size()) throw Error(Fault::permanent, "the steps of the plan need each other in a circle");
  std::vector<Step> sorted;
  sorted.reserve(order.size());
  for (std::size_t index : order) {
    if (is_idle(index)) continue;
    Step& step = steps_[index];
    remap(step.needs, position);
    remap(step.follows, position);
    remap(step.after, position);
    for (Drain& drain : step.drains) drain.step = position[drain.step];
    std::sort(step.drains.begin(), step.drains.end(),
              [](const Drain& a, const Drain& b) { return std::tie(a.step, a.time) < std::tie(b.step, b.time); });
    if (step.flush) step.flush = position[*step.flush];
    sorted.push_back(std::move(step));
  }
  steps_.clear();
  flushes_.clear();
  dropped_.clear();
  return sorted;
}

}  // namespace muster::plan
