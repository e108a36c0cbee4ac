#include "reconciler/plan/narrow.h"

#include <algorithm>
#include <optional>
#include <set>

#include "reconciler/plan/forecast.h"
#include "reconciler/plan/guard.h"

namespace muster::plan {
namespace {

using Covers = std::function<bool(const ResourceId&)>;

constexpr std::size_t dropped = static_cast<std::size_t>(-1);

std::vector<std::size_t> moved(const std::vector<std::size_t>& edges, const std::vector<std::size_t>& position) {
  std::vector<std::size_t> result;
  for (const std::size_t edge : edges) {
    if (position[edge] != dropped) result.push_back(position[edge]);
  }
  return result;
}

std::vector<Step> kept_steps(const Plan& plan, std::vector<bool> keep) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (keep[i] && plan.steps[i].flush) keep[*plan.steps[i].flush] = true;
  }
  std::vector<std::size_t> position(plan.steps.size(), dropped);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (keep[i]) position[i] = kept++;
  }
  std::vector<Step> steps;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (!keep[i]) continue;
    Step step = plan.steps[i];
    step.needs = moved(step.needs, position);
    step.follows = moved(step.follows, position);
    if (step.flush) step.flush = position[*step.flush];
    steps.push_back(std::move(step));
  }
  return steps;
}

/// Wanted, and nothing is to be said of it. A destroy leaves nothing unchanged.
std::size_t unchanged_among(const Plan& plan, const Inputs& inputs, const Covers& covers) {
  if (inputs.options.goal == Goal::destroy) return 0;
  std::set<ResourceId> busy;
  for (const Step& step : plan.steps) busy.insert(step.id);
  for (const Held& held : plan.held) busy.insert(held.id);
  for (const Unknown& unknown : plan.unknown) busy.insert(unknown.id);
  for (const auto& [id, problem] : plan.blocked) busy.insert(id);
  for (const Scheduled& scheduled : plan.scheduled) busy.insert(scheduled.id);
  return static_cast<std::size_t>(
      std::count_if(inputs.resources.begin(), inputs.resources.end(),
                    [&](const Resource& resource) { return covers(resource.id) && !busy.contains(resource.id); }));
}

}  // namespace

Plan narrowed(const Plan& plan, const Inputs& inputs, std::vector<bool> keep, const Covers& covers) {
  Plan result;
  result.steps = kept_steps(plan, std::move(keep));
  const auto is_covered = [&](const auto& item) { return covers(item.id); };
  std::copy_if(plan.held.begin(), plan.held.end(), std::back_inserter(result.held), is_covered);
  std::copy_if(plan.unknown.begin(), plan.unknown.end(), std::back_inserter(result.unknown), is_covered);
  std::copy_if(plan.scheduled.begin(), plan.scheduled.end(), std::back_inserter(result.scheduled), is_covered);
  for (const auto& [id, problem] : plan.blocked) {
    if (!covers(id)) continue;
    result.blocked.emplace(id, problem);
    result.problems.push_back(problem);
  }
  sort_diagnostics(result.problems);
  result.unchanged = unchanged_among(plan, inputs, covers);
  result.new_memos = plan.new_memos;
  result.guard = judge(result, inputs);
  result.forecast = forecast(result.steps, inputs, ResourceIndex(inputs.resources));
  return result;
}

}  // namespace muster::plan
