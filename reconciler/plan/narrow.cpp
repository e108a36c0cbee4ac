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

/// What a roll does before a step, past what falls away: a part of it keeps the order of the whole.
class Bridges {
 public:
  Bridges(const Plan& plan, const std::vector<bool>& keep) : plan_(plan), keep_(keep) {}

  std::vector<std::size_t> of(std::size_t step) {
    std::set<std::size_t> found;
    std::vector<std::size_t> open = plan_.steps[step].after;
    std::set<std::size_t> seen;
    while (!open.empty()) {
      const std::size_t before = open.back();
      open.pop_back();
      if (!seen.insert(before).second) continue;
      if (keep_[before]) {
        found.insert(before);
        continue;
      }
      for (const auto* edges : {&plan_.steps[before].needs, &plan_.steps[before].after})
        open.insert(open.end(), edges->begin(), edges->end());
    }
    return {found.begin(), found.end()};
  }

 private:
  const Plan& plan_;
  const std::vector<bool>& keep_;
};

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
  Bridges bridges(plan, keep);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (!keep[i]) continue;
    Step step = plan.steps[i];
    if (!step.after.empty()) step.after = moved(bridges.of(i), position);
    std::erase_if(step.drains, [&](const Drain& drain) { return position[drain.step] == dropped; });
    for (Drain& drain : step.drains) drain.step = position[drain.step];
    step.needs = moved(step.needs, position);
    step.follows = moved(step.follows, position);
    if (step.flush) step.flush = position[*step.flush];
    steps.push_back(std::move(step));
  }
  return steps;
}

/// What is left of the rolls; their batches keep their numbers.
std::vector<RollPlan> rolls_among(const std::vector<RollPlan>& rolls, const std::vector<Step>& steps) {
  std::set<ResourceId> left;
  for (const Step& step : steps) {
    if (step.batch > 0) left.insert(step.id);
  }
  std::vector<RollPlan> result;
  for (RollPlan roll : rolls) {
    bool any = false;
    for (std::vector<ResourceId>& batch : roll.batches) {
      std::erase_if(batch, [&](const ResourceId& id) { return !left.contains(id); });
      any |= !batch.empty();
    }
    if (any) result.push_back(std::move(roll));
  }
  return result;
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
  result.rolls = rolls_among(plan.rolls, result.steps);
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
