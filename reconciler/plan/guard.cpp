#include "reconciler/plan/guard.h"

#include <algorithm>
#include <set>

#include "reconciler/plan/restraint.h"

namespace muster::plan {
namespace {

/// What exists of each kind as far as anyone knows: seen now, or remembered and still wanted.
std::map<std::string, int> existing_by_kind(const Inputs& inputs) {
  std::set<ResourceId> ids;
  for (const Resource& resource : inputs.resources) {
    if (inputs.memory.known.contains(resource.id)) ids.insert(resource.id);
  }
  for (const auto& [id, object] : inputs.snapshot.objects) {
    if (is_ours(inputs, object)) ids.insert(id);
  }
  std::map<std::string, int> counts;
  for (const ResourceId& id : ids) ++counts[id.kind];
  return counts;
}

}  // namespace

GuardVerdict judge(const Plan& plan, const Inputs& inputs) {
  GuardVerdict verdict;
  if (inputs.options.goal == Goal::destroy) return verdict;
  std::map<std::string, int> changes;
  for (const Step& step : plan.steps) {
    if (step.dangerous) ++changes[step.id.kind];
  }
  std::map<std::string, int> existing;
  if (!changes.empty()) existing = existing_by_kind(inputs);
  for (const auto& [kind, count] : changes) {
    verdict.dangerous += count;
    const auto special = inputs.fleet.guard_by_kind.find(kind);
    const GuardLimit& limit = special == inputs.fleet.guard_by_kind.end() ? inputs.fleet.guard : special->second;
    const auto found = existing.find(kind);
    const int total = found == existing.end() ? 0 : found->second;
    const int allowed = std::max(limit.count, static_cast<int>(std::int64_t{total} * limit.percent / 100));
    if (count > allowed) verdict.trips.push_back({kind, count, allowed, total});
  }
  const bool anything_is_there = verdict.dangerous > 0 || !plan.unknown.empty() || !plan.held.empty();
  verdict.no_manifests = inputs.resources.empty() && anything_is_there;
  verdict.asked = inputs.options.allow;
  verdict.allowed = verdict.asked >= 0 && verdict.asked == verdict.dangerous;
  return verdict;
}

}  // namespace muster::plan
