#include "reconciler/plan/belongings.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace muster::plan {
namespace {

bool holds_one_of(const Value& attributes, const std::set<std::string>& texts) {
  const std::set<std::string> own = texts_in(attributes);
  return std::any_of(own.begin(), own.end(), [&](const std::string& text) { return texts.contains(text); });
}

}  // namespace

std::set<std::string> born_with(const Inputs& inputs, const Observed& object) {
  std::set<std::string> born;
  for (const Field& field : inputs.registry.driver(object.id.kind)->schema().fields) {
    const Value& value = object.attributes.at(field.name);
    if (field.computed == Computed::born && value.is_string() && !value.as_string().empty())
      born.insert(value.as_string());
  }
  return born;
}

std::set<std::string> texts_in(const Value& attributes) {
  std::set<std::string> texts;
  const auto add = [&](const Value& value) {
    if (value.is_string()) texts.insert(value.as_string());
  };
  if (!attributes.is_map()) return texts;
  for (const auto& [name, value] : attributes.as_map()) {
    add(value);
    if (value.is_list()) std::for_each(value.as_list().begin(), value.as_list().end(), add);
  }
  return texts;
}

bool marks(const Driver& driver, const Observed& mark, const Value& place) {
  const auto& fields = driver.schema().fields;
  return std::all_of(fields.begin(), fields.end(), [&](const Field& field) {
    return field.computed != Computed::no || mark.attributes.at(field.name) == place.at(field.name);
  });
}

void hold_belongings(const Inputs& inputs, const std::vector<const Observed*>& kept,
                     const std::vector<std::size_t>& unwanted, StepList& steps, Plan& plan) {
  if (kept.empty()) return;
  std::set<std::string> born;
  for (const Observed* object : kept) born.merge(born_with(inputs, *object));
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

void link_belongings(const Inputs& inputs, const std::vector<std::size_t>& unwanted, StepList& steps) {
  const std::vector<std::string>& order = inputs.registry.creation_order();
  std::map<std::string, std::size_t> positions;
  for (const std::string& kind : order) positions.emplace(kind, positions.size());
  const auto position = [&](std::size_t step) { return positions.at(steps[step].id.kind); };
  std::multimap<std::string, std::size_t> bearers;  ///< by what they were born with
  std::vector<std::size_t> marking;
  for (const std::size_t step : unwanted) {
    if (steps.is_dropped(step)) continue;
    for (const std::string& text : born_with(inputs, *steps[step].object)) bearers.emplace(text, step);
    if (inputs.registry.driver(steps[step].id.kind)->traits().is_mark) marking.push_back(step);
  }
  if (bearers.empty() && marking.empty()) return;
  for (const std::size_t step : unwanted) {
    if (steps.is_dropped(step)) continue;
    const Value& attributes = steps[step].object->attributes;
    for (const std::string& text : texts_in(attributes)) {
      for (auto [bearer, last] = bearers.equal_range(text); bearer != last; ++bearer)
        if (position(bearer->second) < position(step)) steps[bearer->second].needs.push_back(step);
    }
    for (const std::size_t mark : marking) {
      const bool stands_there = steps[mark].connection == steps[step].connection && position(mark) < position(step) &&
                                marks(*inputs.registry.driver(steps[mark].id.kind), *steps[mark].object, attributes);
      if (stands_there) steps[mark].needs.push_back(step);
    }
  }
}

}  // namespace muster::plan
