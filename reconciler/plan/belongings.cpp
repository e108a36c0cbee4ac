#include "reconciler/plan/belongings.h"

#include <algorithm>
#include <set>
#include <string>

namespace muster::plan {
namespace {

std::set<std::string> born_with(const Inputs& inputs, const std::vector<const Observed*>& objects) {
  std::set<std::string> born;
  for (const Observed* object : objects) {
    for (const Field& field : inputs.registry.driver(object->id.kind)->schema().fields) {
      const Value& value = object->attributes.at(field.name);
      if (field.computed == Computed::born && value.is_string() && !value.as_string().empty())
        born.insert(value.as_string());
    }
  }
  return born;
}

bool holds_one_of(const Value& attributes, const std::set<std::string>& texts) {
  const auto is_one = [&](const Value& value) { return value.is_string() && texts.contains(value.as_string()); };
  if (!attributes.is_map()) return false;
  const Map& members = attributes.as_map();
  return std::any_of(members.begin(), members.end(), [&](const auto& member) {
    const Value& value = member.second;
    return is_one(value) || (value.is_list() && std::any_of(value.as_list().begin(), value.as_list().end(), is_one));
  });
}

}  // namespace

bool marks(const Driver& driver, const Observed& mark, const Value& place) {
  const auto& fields = driver.schema().fields;
  return std::all_of(fields.begin(), fields.end(), [&](const Field& field) {
    return field.computed != Computed::no || mark.attributes.at(field.name) == place.at(field.name);
  });
}

void hold_belongings(const Inputs& inputs, const std::vector<const Observed*>& kept,
                     const std::vector<std::size_t>& unwanted, StepList& steps, Plan& plan) {
  if (kept.empty()) return;
  const std::set<std::string> born = born_with(inputs, kept);
  std::vector<Value> places;
  for (const bool is_mark : {false, true}) {
    for (const std::size_t step : unwanted) {
      const Observed& object = *steps[step].object;
      const Driver& driver = *inputs.registry.driver(object.id.kind);
      if (driver.traits().is_mark != is_mark) continue;
      const bool belongs = is_mark ? std::any_of(places.begin(), places.end(),
                                                 [&](const Value& place) { return marks(driver, object, place); })
                                   : holds_one_of(object.attributes, born);
      if (!belongs) continue;
      places.push_back(object.attributes);
      plan.held.push_back({object.id, {}, "it belongs to what stays", {}, {}});
      steps.drop(step);
    }
  }
}

}  // namespace muster::plan
