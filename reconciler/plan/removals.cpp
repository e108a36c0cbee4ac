#include "reconciler/plan/removals.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace muster::plan {
namespace {

bool is_ours(const Inputs& inputs, const Observed& object) {
  if (object.ownership == Ownership::ours) return true;
  return object.ownership == Ownership::claimable && inputs.memory.claims.contains(object.id);
}

/// Why an object that should go may not.
std::string keeps_from_removal(const Inputs& inputs, const Observed& object) {
  if (object.stamp && object.stamp->protect) return "it is protected; commit `protect: false` first";
  const Revision& ours = inputs.fleet.revision;
  if (!inputs.options.rollback && object.stamp && ours.time != 0 && object.stamp->revision.time > ours.time) {
    return fmt::format("a newer revision ({}) made it; --rollback removes it", object.stamp->revision.to_string());
  }
  return {};
}

class Removals {
 public:
  Removals(const Inputs& inputs, const Graph& graph, StepList& steps, Plan& plan)
      : inputs_(inputs), graph_(graph), steps_(steps), plan_(plan) {
    for (std::size_t i = 0; i < inputs.resources.size(); ++i) index_.emplace(inputs.resources[i].id, i);
    const std::vector<std::string> order = inputs.registry.creation_order();
    for (std::size_t i = 0; i < order.size(); ++i) stage_[order[i]] = static_cast<int>(order.size() - i);
  }

  void add() {
    const bool destroys = inputs_.options.goal == Goal::destroy;
    const bool takes_unwanted = !destroys || inputs_.options.leftovers;
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      const auto wanted = index_.find(id);
      if (!is_ours(inputs_, object)) continue;
      if (wanted != index_.end() ? !destroys : !takes_unwanted) continue;
      if (object.condition == Condition::unknown) {
        plan_.unknown.push_back({id, {}, object.evidence, std::nullopt});
        continue;
      }
      add_one(object, wanted == index_.end() ? nullptr : &inputs_.resources[wanted->second]);
    }
    if (destroys) {
      report_unread();
      link_dependents();
      if (has_unwanted_) stage_all();
    }
  }

 private:
  void add_one(const Observed& object, const Resource* resource) {
    const std::string group = resource == nullptr ? std::string() : resource->group;
    const Driver* driver = inputs_.registry.driver(object.id.kind);
    if (driver == nullptr || driver->traits().pure_check) return;  // nothing of it exists outside our cache
    if (const std::string why = keeps_from_removal(inputs_, object); !why.empty()) {
      plan_.held.push_back({object.id, group, why, {}, resource == nullptr ? Origin{} : resource->origin});
      return;
    }
    if (resource != nullptr && vanishes_with_container(*resource)) return;
    Step step;
    step.verb = Verb::remove;
    step.start = object.condition == Condition::deleting ? Start::wait : Start::call;
    step.id = object.id;
    step.connection = object.connection;
    step.group = group;
    step.reason = resource == nullptr ? "no manifest wants it" : "destroy";
    step.object = object;
    step.stage = resource == nullptr ? stage_[object.id.kind] : 0;
    if (resource == nullptr) has_unwanted_ = true;
    step.dangerous = resource == nullptr && object.condition != Condition::deleting;
    if (resource != nullptr) step.origin = resource->origin;
    if (const auto target = driver->flushed_by(object.id)) step.flush = steps_.flush_of(object.connection, *target);
    const std::size_t added = steps_.add(std::move(step));
    if (resource != nullptr) removed_[index_.at(object.id)].push_back(added);
  }

  bool vanishes_with_container(const Resource& resource) const {
    if (!resource.inside || !index_.contains(*resource.inside)) return false;
    const auto [first, last] = inputs_.snapshot.objects.equal_range(*resource.inside);
    return std::any_of(first, last, [&](const auto& entry) { return is_ours(inputs_, entry.second); });
  }

  /// What may exist where nobody could look is no part of "destroyed".
  void report_unread() {
    for (const Resource& resource : inputs_.resources) {
      const Driver* driver = inputs_.registry.driver(resource.id.kind);
      if (driver == nullptr || driver->traits().pure_check || inputs_.snapshot.objects.contains(resource.id)) continue;
      for (const std::string& connection : resource.connection.candidates) {
        const auto state = inputs_.snapshot.scopes.find({connection, resource.id.kind});
        if (state == inputs_.snapshot.scopes.end() || state->second.complete) continue;
        plan_.unknown.push_back({resource.id, resource.group, state->second.why_unknown, std::nullopt});
        break;
      }
    }
  }

  /// A removal needs the removals of everything that depends on it; a dependent without a step passes its own on.
  void link_dependents() {
    std::vector<std::vector<std::size_t>> dependents(graph_.needs.size());
    for (std::size_t i = 0; i < graph_.needs.size(); ++i) {
      for (std::size_t need : graph_.needs[i]) dependents[need].push_back(i);
    }
    for (const auto& [resource, own_steps] : removed_) {
      std::vector<std::size_t> open = dependents[resource];
      std::set<std::size_t> seen;
      while (!open.empty()) {
        const std::size_t dependent = open.back();
        open.pop_back();
        if (!seen.insert(dependent).second) continue;
        const auto found = removed_.find(dependent);
        if (found == removed_.end()) {
          open.insert(open.end(), dependents[dependent].begin(), dependents[dependent].end());
          continue;
        }
        for (std::size_t step : own_steps) {
          steps_[step].needs.insert(steps_[step].needs.end(), found->second.begin(), found->second.end());
        }
      }
    }
  }

  /// Beside leftovers, which have no edges, the others go by stage as well: a leftover record before its scope.
  void stage_all() {
    for (const auto& [resource, own_steps] : removed_) {
      for (std::size_t step : own_steps) steps_[step].stage = stage_[steps_[step].id.kind];
    }
  }

  const Inputs& inputs_;
  const Graph& graph_;
  StepList& steps_;
  Plan& plan_;
  bool has_unwanted_ = false;
  std::map<ResourceId, std::size_t> index_;
  std::map<std::string, int> stage_;
  std::map<std::size_t, std::vector<std::size_t>> removed_;  ///< resource -> its removal steps
};

}  // namespace

void add_removals(const Inputs& inputs, const Graph& graph, StepList& steps, Plan& plan) {
  Removals(inputs, graph, steps, plan).add();
}

}  // namespace muster::plan
