#include "reconciler/cli/explain_fields.h"

#include <algorithm>
#include <string_view>

#include "reconciler/plan/digests.h"

namespace muster::cli {
namespace {

constexpr std::string_view spec_prefix = "spec.";

/// What a path stands for in the manifest, or null: also for what nobody wrote and no default fills in.
const Value& value_at(const Manifest& manifest, const std::string& path) {
  static const Value nothing;
  if (!path.starts_with(spec_prefix)) return nothing;
  return manifest.spec.at(std::string_view(path).substr(spec_prefix.size()));
}

std::vector<FieldSource> sources_of(const FieldInputs& inputs, const FieldSources& known, const std::string& field) {
  const auto found = known.find(field);
  if (inputs.manifest == nullptr || found == known.end()) return {};
  std::vector<FieldSource> sources;
  for (const std::string& path : found->second) {
    FieldSource source{path, inputs.manifest->written(path), false};
    if (!source.place && value_at(*inputs.manifest, path).is_null()) continue;
    source.of_fleet = source.place && source.place->manifest != inputs.manifest->key();
    sources.push_back(std::move(source));
  }
  return sources;
}

const plan::Change* change_in(const std::vector<plan::Change>& changes, const std::string& field) {
  const auto found =
      std::find_if(changes.begin(), changes.end(), [&](const plan::Change& one) { return one.field == field; });
  return found == changes.end() ? nullptr : &*found;
}

void add_standing(const FieldInputs& inputs, const Explanation& explanation, FieldExplained& field) {
  for (const plan::Step& step : explanation.steps) {
    if (const plan::Change* change = change_in(step.changes, field.name)) {
      field.standing = FieldStanding::differs;
      field.cause = change->cause;
      return;
    }
  }
  for (const plan::Held& held : explanation.held) {
    if (const plan::Change* change = change_in(held.changes, field.name)) {
      field.standing = FieldStanding::held;
      field.cause = change->cause;
      return;
    }
  }
  const bool is_told = !field.observed.is_null() || !field.stamped.empty();
  const bool is_ready =
      !explanation.objects.empty() && explanation.objects.front().object.condition == Condition::ready;
  const bool rests_on_unread =
      std::any_of(field.refs.begin(), field.refs.end(), [&](const Ref& ref) { return inputs.unread.contains(ref.id); });
  if (rests_on_unread) return;
  if (is_ready && !field.wanted.is_null() && (is_told || field.create_time)) field.standing = FieldStanding::equal;
}

FieldExplained explained(const FieldInputs& inputs, const FieldSources& sources, const Field& field,
                         const Explanation& explanation) {
  FieldExplained result;
  result.name = field.name;
  result.doc = field.doc;
  result.sensitive = field.sensitive;
  result.create_time = field.compare == Compare::create_time;
  if (inputs.resource != nullptr && !inputs.resource->wanted.at(field.name).is_null()) {
    const Value& declared = inputs.resource->wanted.at(field.name);
    result.wanted = inputs.wanted.at(field.name);
    result.digest = plan::field_digest(declared);
    result.refs = refs_in(declared);
    result.sources = sources_of(inputs, sources, field.name);
  }
  if (!explanation.objects.empty()) {
    const Observed& object = explanation.objects.front().object;
    result.observed = object.attributes.at(field.name);
    if (object.stamp) {
      const auto stamped = object.stamp->digests.find(field.name);
      if (stamped != object.stamp->digests.end()) result.stamped = stamped->second;
    }
  }
  const bool is_unread = inputs.resource != nullptr && plan::lacks_secret(inputs.resource->wanted.at(field.name));
  if (is_unread) result.digest.clear();
  if (field.compare == Compare::not_compared || field.computed != Computed::no)
    result.standing = FieldStanding::not_compared;
  else if (is_unread)
    result.standing = FieldStanding::unread;
  else
    add_standing(inputs, explanation, result);
  return result;
}

/// Protection is no field of a schema, but it is in the stamp, and a change of it is a step.
std::optional<FieldExplained> protection(const FieldInputs& inputs, const FieldSources& sources,
                                         const Explanation& explanation) {
  const Stamp* stamp = explanation.objects.empty() || !explanation.objects.front().object.stamp
                           ? nullptr
                           : &*explanation.objects.front().object.stamp;
  const Protection said = inputs.resource == nullptr ? Protection::unsaid : inputs.resource->lifecycle.protect;
  const bool is_wanted = said == Protection::on;
  if (!is_wanted && (stamp == nullptr || !stamp->protect)) return std::nullopt;
  FieldExplained result;
  result.name = "lifecycle.protect";
  result.doc = "Never delete or replace it, whatever the manifests say.";
  if (said != Protection::unsaid) result.wanted = is_wanted;
  result.sources = sources_of(inputs, sources, result.name);
  if (stamp != nullptr) result.observed = stamp->protect;
  add_standing(inputs, explanation, result);
  return result;
}

}  // namespace

std::vector<FieldExplained> fields_explained(const FieldInputs& inputs, const Explanation& explanation) {
  FieldSources sources;
  if (inputs.blueprint != nullptr) sources = inputs.blueprint->sources(*inputs.manifest, explanation.id.kind);
  std::vector<FieldExplained> fields;
  for (const Field& field : inputs.schema.fields) {
    FieldExplained one = explained(inputs, sources, field, explanation);
    const bool is_known = !one.wanted.is_null() || !one.observed.is_null() || !one.stamped.empty();
    if (is_known) fields.push_back(std::move(one));
  }
  if (auto one = protection(inputs, sources, explanation)) fields.push_back(std::move(*one));
  return fields;
}

}  // namespace muster::cli
