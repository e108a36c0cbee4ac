#include "reconciler/plan/plan_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "reconciler/plan/diff.h"
#include "reconciler/plan/refs.h"
#include "reconciler/plan/restraint.h"

namespace muster::plan {
namespace {

constexpr std::size_t digits = 16;

bool creates(const Step& step) { return step.verb == Verb::create || step.half == Half::create_new; }
bool removes(const Step& step) { return step.verb == Verb::remove || step.half == Half::remove_old; }

bool is_compared(const Field& field) {
  return field.compare != Compare::not_compared && field.computed == Computed::no;
}

/// Salted: nobody who has but the file can try likely values.
std::string salted(const Inputs& inputs, const ResourceId& id, const std::string& field, const std::string& text) {
  return digest_bytes(fmt::format("muster plan file\n{}\n{}\n{}\n{}", inputs.fleet.uid, id.to_string(), field, text))
      .substr(0, digits);
}

std::string object_digest(const Inputs& inputs, const Observed& object) {
  return salted(inputs, object.id, "object",
                fmt::format("{}\n{}\n{}", object.connection, object.backend_id, object.incarnation().to_string()));
}

class Describer {
 public:
  Describer(const Plan& part, const Plan& whole, const Inputs& inputs) : part_(part), inputs_(inputs) {
    for (const Resource& resource : inputs.resources) wanted_.emplace(resource.id, &resource);
    find_keepers(whole);
  }

  FileStep describe(const Step& step) const {
    FileStep result{step.id, step.verb, step.half, step.connection, keys_of(step.needs), {}, keys_of(step.after)};
    if (step.verb == Verb::flush) return result;
    if (step.object) result.fields["object"].before = object_digest(inputs_, *step.object);
    if (creates(step)) add_wanted(step, result);
    if (removes(step)) add_observed(step, result);
    for (const Change& change : step.changes) {
      FileField& field = result.fields[change.field];
      field.before = file_digest(inputs_, step.id, change.field, change.before);
      if (field.after.empty()) field.after = file_digest(inputs_, step.id, change.field, change.after);
      const auto resource = wanted_.find(step.id);
      if (field.declared.empty() && resource != wanted_.end())
        field.declared =
            file_digest(inputs_, step.id, change.field, declared_value(inputs_, *resource->second, change.field));
    }
    return result;
  }

 private:
  std::vector<std::string> keys_of(const std::vector<std::size_t>& steps) const {
    std::set<std::string> keys;
    for (const std::size_t step : steps) {
      const Step& before = part_.steps[step];
      keys.insert(step_key(before.verb, before.half, before.id));
    }
    return {keys.begin(), keys.end()};
  }

  void add_wanted(const Step& step, FileStep& result) const {
    const auto resource = wanted_.find(step.id);
    const Driver* driver = inputs_.registry.driver(step.id.kind);
    if (resource == wanted_.end() || driver == nullptr) return;
    const Value& symbolic = resource->second->wanted;
    const Value filled = fill_refs(symbolic, [this](const Ref& ref) { return lookup(ref); });
    for (const Field& field : driver->schema().fields) {
      if (field.computed != Computed::no || symbolic.at(field.name).is_null()) continue;
      FileField& entry = result.fields[field.name];
      entry.after = file_digest(inputs_, step.id, field.name, filled.at(field.name));
      entry.declared = file_digest(inputs_, step.id, field.name, symbolic.at(field.name));
    }
    FileField& lifecycle = result.fields[lifecycle_field];
    lifecycle.after = file_digest(inputs_, step.id, lifecycle_field, lifecycle_value(inputs_, *resource->second));
    lifecycle.declared = lifecycle.after;
  }

  void add_observed(const Step& step, FileStep& result) const {
    const Driver* driver = inputs_.registry.driver(step.id.kind);
    if (!step.object || driver == nullptr) return;
    for (const Field& field : driver->schema().fields) {
      const Value& value = step.object->attributes.at(field.name);
      if (is_compared(field) && !value.is_null())
        result.fields[field.name].before = file_digest(inputs_, step.id, field.name, value);
    }
  }

  /// The object of each id that stays as it is, or is changed in place.
  void find_keepers(const Plan& whole) {
    std::set<ResourceId> made_anew;
    std::set<std::pair<ResourceId, std::string>> leaving;
    for (const Step& step : whole.steps) {
      if (creates(step) && step.start != Start::wait && step.start != Start::resume) made_anew.insert(step.id);
      if (removes(step) && step.object) leaving.emplace(step.id, step.object->backend_id);
      if (step.verb == Verb::update) updated_.insert(step.id);
    }
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      if (made_anew.contains(id) || leaving.contains({id, object.backend_id}) || !is_ours(inputs_, object)) continue;
      const Observed*& keeper = keepers_[id];
      if (keeper == nullptr || object.backend_id < keeper->backend_id) keeper = &object;
    }
  }

  std::optional<Value> lookup(const Ref& ref) const {
    const auto keeper = keepers_.find(ref.id);
    if (keeper == keepers_.end()) return std::nullopt;
    if (updated_.contains(ref.id)) {
      const Field* field = inputs_.registry.driver(ref.id.kind)->schema().find(ref.attribute);
      if (field != nullptr && field->computed == Computed::live) return std::nullopt;
    }
    return attribute_of(*keeper->second, ref.attribute);
  }

  const Plan& part_;
  const Inputs& inputs_;
  std::map<ResourceId, const Resource*> wanted_;
  std::map<ResourceId, const Observed*> keepers_;
  std::set<ResourceId> updated_;
};

}  // namespace

std::string step_key(Verb verb, Half half, const ResourceId& id) {
  const std::string_view part = half == Half::whole ? "" : half == Half::create_new ? " (new)" : " (old)";
  return fmt::format("{} {}{}", to_string(verb), id.to_string(), part);
}

std::vector<FileStep> file_steps(const Plan& part, const Plan& whole, const Inputs& inputs) {
  const Describer describer(part, whole, inputs);
  std::vector<FileStep> steps;
  steps.reserve(part.steps.size());
  for (const Step& step : part.steps) steps.push_back(describer.describe(step));
  return steps;
}

Value lifecycle_value(const Inputs& inputs, const Resource& resource) {
  const Lifecycle& lifecycle = resource.lifecycle;
  const auto deadline = resource.deadline.value_or(std::chrono::seconds(0)).count();
  List value{static_cast<int>(lifecycle.protect), static_cast<int>(lifecycle.on_failed),
             static_cast<std::int64_t>(deadline)};
  const Driver* driver = inputs.registry.driver(resource.id.kind);
  if (driver != nullptr && driver->schema().stamps_end) value.emplace_back(end_of(resource));
  return value;
}

Value declared_value(const Inputs& inputs, const Resource& resource, const std::string& field) {
  const bool is_of_lifecycle = field == lifecycle_field || field.starts_with("lifecycle.");
  return is_of_lifecycle ? lifecycle_value(inputs, resource) : resource.wanted.at(field);
}

std::string file_digest(const Inputs& inputs, const ResourceId& id, const std::string& field, const Value& value) {
  return value.is_null() ? std::string() : salted(inputs, id, field, digest(value));
}

std::string fleet_digest(std::string_view uid) {
  return digest_bytes(fmt::format("muster plan file\n{}", uid)).substr(0, digits);
}

PlanFile plan_file_of(const Plan& part, const Plan& whole, const Inputs& inputs, const Selection& selection) {
  PlanFile file;
  file.fleet = inputs.fleet.name;
  file.fleet_digest = fleet_digest(inputs.fleet.uid);
  file.selection = selection;
  file.allow = inputs.options.allow;
  file.rollback = inputs.options.rollback;
  file.steps = file_steps(part, whole, inputs);
  return file;
}

}  // namespace muster::plan
