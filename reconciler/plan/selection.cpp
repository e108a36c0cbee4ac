#include "reconciler/plan/selection.h"

#include <algorithm>
#include <map>
#include <optional>

#include "reconciler/plan/graph.h"
#include "reconciler/plan/narrow.h"
#include "reconciler/plan/restraint.h"
#include "resources/contract/error.h"

namespace muster::plan {
namespace {

using Index = std::size_t;

bool takes_away(const Step& step) { return step.verb == Verb::remove || step.verb == Verb::replace; }

/// Which step has to be done before, or together with, which other.
class Prerequisites {
 public:
  Prerequisites(const Plan& plan, const Inputs& inputs) : of_(plan.steps.size()), for_(plan.steps.size()) {
    const std::vector<std::string> order = inputs.registry.creation_order();
    for (Index i = 0; i < order.size(); ++i) creation_[order[i]] = i;
    for (Index i = 0; i < plan.steps.size(); ++i) {
      for (const Index need : plan.steps[i].needs) link(i, need);
    }
    join_halves(plan);
    join_leftovers(plan);
  }

  const std::vector<Index>& of(Index step) const { return of_[step]; }
  const std::vector<Index>& dependents(Index step) const { return for_[step]; }

  /// What a removed object stood on is told by kinds and names alone: its own host, and what the whole space shares.
  bool stands_on(const ResourceId& id, const ResourceId& base) const {
    const NameParts above = parts_of(id);
    const NameParts below = parts_of(base);
    return above.space == below.space && (below.host.empty() || below.host == above.host) &&
           rank(id.kind) > rank(base.kind);
  }

 private:
  void link(Index step, Index before) {
    of_[step].push_back(before);
    for_[before].push_back(step);
  }

  Index rank(const std::string& kind) const {
    const auto found = creation_.find(kind);
    return found == creation_.end() ? 0 : found->second;
  }

  /// Neither half of a replacement is done alone.
  void join_halves(const Plan& plan) {
    std::map<ResourceId, std::vector<Index>> halves;
    for (Index i = 0; i < plan.steps.size(); ++i) {
      if (plan.steps[i].half != Half::whole) halves[plan.steps[i].id].push_back(i);
    }
    for (const auto& [id, steps] : halves) {
      for (const Index a : steps) {
        for (const Index b : steps) {
          if (a != b) link(a, b);
        }
      }
    }
  }

  /// Removals of what no manifest wants have no edges, only stages.
  void join_leftovers(const Plan& plan) {
    std::map<std::string_view, std::vector<Index>> by_space;
    for (Index i = 0; i < plan.steps.size(); ++i) {
      if (plan.steps[i].verb != Verb::remove) continue;
      by_space[parts_of(plan.steps[i].id).space].push_back(i);
    }
    for (const auto& [space, steps] : by_space) {
      std::map<std::string_view, std::vector<Index>> by_host;
      for (const Index i : steps) by_host[parts_of(plan.steps[i].id).host].push_back(i);
      for (const Index below : steps) {
        const std::string_view host = parts_of(plan.steps[below].id).host;
        for (const Index above : host.empty() ? steps : by_host[host]) {
          const bool is_linked = plan.steps[below].group.empty() || plan.steps[above].group.empty();
          if (is_linked && stands_on(plan.steps[above].id, plan.steps[below].id)) link(below, above);
        }
      }
    }
  }

  std::vector<std::vector<Index>> of_;
  std::vector<std::vector<Index>> for_;
  std::map<std::string, Index> creation_;
};

/// Steps reached so far, and the step's or thing's id that led to each.
using Reached = std::map<Index, ResourceId>;

template <typename Next>
void spread(const Plan& plan, Reached& reached, Next next) {
  std::vector<Index> open;
  for (const auto& [step, because_of] : reached) open.push_back(step);
  while (!open.empty()) {
    const Index step = open.back();
    open.pop_back();
    for (const Index other : next(step)) {
      if (reached.try_emplace(other, plan.steps[step].id).second) open.push_back(other);
    }
  }
}

/// Steps that --except forbids: on what it names, what would take away a thing those need, and what needs such a step.
Reached forbidden_steps(const Plan& plan, const Inputs& inputs, const Prerequisites& order,
                        const std::set<ResourceId>& excepted) {
  Reached forbidden;
  if (excepted.empty()) return forbidden;
  const std::map<ResourceId, ResourceId> needed = needed_by(excepted, inputs.resources);
  std::set<ResourceId> wanted;
  for (const Resource& resource : inputs.resources) wanted.insert(resource.id);
  std::map<std::string_view, std::vector<const ResourceId*>> by_space;
  for (const ResourceId& id : excepted) {
    if (inputs.snapshot.objects.contains(id)) by_space[parts_of(id).space].push_back(&id);
  }
  for (Index i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    if (excepted.contains(step.id)) forbidden.emplace(i, step.id);
    if (!takes_away(step)) continue;
    if (const auto found = needed.find(step.id); found != needed.end()) forbidden.emplace(i, found->second);
    // Between wanted resources the graph has told it.
    for (const ResourceId* id : by_space[parts_of(step.id).space]) {
      const bool is_told = !step.group.empty() && wanted.contains(*id);
      if (is_told || !order.stands_on(*id, step.id)) continue;
      forbidden.emplace(i, *id);
      break;
    }
  }
  spread(plan, forbidden, [&](Index step) { return order.dependents(step); });
  return forbidden;
}

bool counts(const Step& step) { return step.verb != Verb::flush && step.half != Half::remove_old; }

/// Of the steps reached those on resources that `concerns` says: once for each resource, in the order of ids.
template <typename Concerns>
std::vector<Linked> links_of(const Plan& plan, const Reached& reached, Concerns concerns) {
  std::vector<Linked> links;
  for (const auto& [step, because_of] : reached) {
    const Step& linked = plan.steps[step];
    if (concerns(linked.id)) links.push_back({linked.id, linked.verb, because_of});
  }
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end(), [](const Linked& a, const Linked& b) { return a.id == b.id; }),
              links.end());
  return links;
}

/// Which manifest a space belongs to, by the names of what the manifest wants.
std::map<std::string, std::string, std::less<>> manifests_by_space(const std::vector<Resource>& resources) {
  std::map<std::string, std::string, std::less<>> result;
  for (const Resource& resource : resources) {
    const std::string_view space = parts_of(resource.id).space;
    if (!space.empty()) result.emplace(space, resource.group);
  }
  return result;
}

/// What is ours and was seen, and what the plan mentions.
std::set<ResourceId> ids_around(const Inputs& inputs, const Plan& plan) {
  std::set<ResourceId> ids;
  for (const auto& [id, object] : inputs.snapshot.objects) {
    if (is_ours(inputs, object)) ids.insert(id);
  }
  for (const Step& step : plan.steps) ids.insert(step.id);
  for (const Held& held : plan.held) ids.insert(held.id);
  for (const Unknown& unknown : plan.unknown) ids.insert(unknown.id);
  return ids;
}

}  // namespace

std::vector<Subject> subjects_of(const std::vector<Resource>& resources, const std::vector<Manifest>& manifests,
                                 const std::set<ResourceId>& others) {
  std::map<std::string, const Manifest*> by_key;
  for (const Manifest& manifest : manifests) by_key.emplace(manifest.key(), &manifest);
  const auto spaces = manifests_by_space(resources);
  std::map<ResourceId, std::string> groups;
  for (const Resource& resource : resources) groups.emplace(resource.id, resource.group);
  for (const ResourceId& id : others) {
    if (groups.contains(id)) continue;
    const auto owner = spaces.find(parts_of(id).space);
    groups.emplace(id, owner == spaces.end() ? std::string() : owner->second);
  }
  std::vector<Subject> subjects;
  for (const auto& [id, group] : groups) {
    const auto manifest = by_key.find(group);
    subjects.push_back({id, group, manifest == by_key.end() ? nullptr : &manifest->second->labels});
  }
  return subjects;
}

std::vector<Subject> subjects_of(const Inputs& inputs, const std::vector<Manifest>& manifests, const Plan& plan) {
  return subjects_of(inputs.resources, manifests, ids_around(inputs, plan));
}

void refuse_if_empty(const Selection& selection, const std::set<ResourceId>& only, const std::set<ResourceId>& except,
                     const std::vector<Subject>& subjects) {
  const bool any = std::any_of(subjects.begin(), subjects.end(), [&](const Subject& subject) {
    return (selection.only.empty() || only.contains(subject.id)) && !except.contains(subject.id);
  });
  if (any || selection.empty()) return;
  throw Error(Fault::usage, "nothing is selected: --except names everything that would be; nothing was done",
              "let --except name less than --only does; without --only, less than the whole fleet");
}

Selected select(Plan& plan, const Inputs& inputs, const std::vector<Manifest>& manifests, const Selection& selection) {
  const std::vector<Subject> subjects = subjects_of(inputs, manifests, plan);
  const std::set<ResourceId> only = ids_meant(selection.only, subjects);
  const std::set<ResourceId> except = ids_meant(selection.except, subjects);
  refuse_if_empty(selection, only, except, subjects);
  const auto is_asked = [&](const ResourceId& id) {
    return (selection.only.empty() || only.contains(id)) && !except.contains(id);
  };

  const Prerequisites order(plan, inputs);
  const Reached forbidden = forbidden_steps(plan, inputs, order, except);
  Reached done;
  for (Index i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const bool comes_with_writes = step.verb == Verb::flush && step.start == Start::call;
    if (is_asked(step.id) && !forbidden.contains(i) && !comes_with_writes) done.emplace(i, step.id);
  }
  spread(plan, done, [&](Index step) { return order.of(step); });

  Selected selected{selection, {}, {}, 0, {}};
  selected.pulled_in = links_of(plan, done, [&](const ResourceId& id) { return !is_asked(id); });
  selected.kept = links_of(plan, forbidden, is_asked);
  for (const Subject& subject : subjects) {
    if (is_asked(subject.id)) selected.covered.insert(subject.id);
  }
  for (const Linked& link : selected.pulled_in) selected.covered.insert(link.id);
  for (const Linked& link : selected.kept) selected.covered.erase(link.id);
  std::vector<bool> keep(plan.steps.size(), false);
  for (const auto& [step, because_of] : done) keep[step] = true;
  for (Index i = 0; i < plan.steps.size(); ++i) selected.left_out += !keep[i] && counts(plan.steps[i]) ? 1 : 0;
  plan = narrowed(plan, inputs, std::move(keep), [&](const ResourceId& id) { return selected.covered.contains(id); });
  return selected;
}

}  // namespace muster::plan
