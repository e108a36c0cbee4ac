#include "reconciler/plan/retire.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>

#include "reconciler/plan/restraint.h"

namespace muster::plan {

std::vector<std::size_t> remove_stillborn(const Decided& decided, std::size_t index,
                                          std::vector<const Observed*>& surplus) {
  const auto is_stillborn = [&](const Observed* object) {
    return object->condition == Condition::failed && !object->ever_ready &&
           keeps_from_removal(decided.inputs, *object).empty();
  };
  std::vector<std::size_t> steps;
  for (const Observed* object : surplus) {
    if (!is_stillborn(object)) continue;
    Step step = step_for(decided.inputs.resources[index], object->connection, Verb::remove);
    step.reason = fmt::format("{} failed before it was ever ready", object->backend_id);
    step.object = *object;
    step.flush = decided.flush_for(object->id, object->connection);
    steps.push_back(decided.steps.add(std::move(step)));
  }
  std::erase_if(surplus, is_stillborn);
  return steps;
}

void add_retirement(const Decided& decided, std::size_t index, const Observed& object, const Observed& keeper) {
  const Resource& resource = decided.inputs.resources[index];
  if (object.condition == Condition::unknown) {
    decided.plan.unknown.push_back({resource.id, resource.group, object.evidence, std::nullopt});
    return;
  }
  if (const std::string why = keeps_from_removal(decided.inputs, object); !why.empty()) {
    decided.plan.held.push_back({resource.id, resource.group, why, {}, resource.origin});
    return;
  }
  const bool is_replaced = &object == &keeper;
  Step step = step_for(resource, object.connection, is_replaced ? Verb::replace : Verb::remove);
  step.half = is_replaced ? Half::remove_old : Half::whole;
  step.start = object.condition == Condition::deleting ? Start::wait : Start::call;
  step.reason = is_replaced ? std::string()
                            : fmt::format("{} is a twin of {}, which stays", object.backend_id, keeper.backend_id);
  step.object = object;
  if (decided.outcomes[index].last_step) step.needs.push_back(*decided.outcomes[index].last_step);
  step.flush = decided.flush_for(resource.id, object.connection);
  decided.retired.push_back({index, decided.steps.add(std::move(step))});
}

void retire_old(const Decided& decided) {
  std::multimap<std::size_t, std::size_t> retirements;
  for (const auto& [resource, step] : decided.retired) retirements.emplace(resource, step);
  for (const auto& [resource, step] : decided.retired) {
    for (std::size_t dependent : decided.dependents[resource]) {
      std::vector<std::size_t>& needs = decided.steps[step].needs;
      if (decided.outcomes[dependent].last_step) needs.push_back(*decided.outcomes[dependent].last_step);
      const auto [first, last] = retirements.equal_range(dependent);
      std::transform(first, last, std::back_inserter(needs), [](const auto& entry) { return entry.second; });
    }
  }
}

}  // namespace muster::plan
