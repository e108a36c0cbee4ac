#include <fmt/format.h>

#include <algorithm>

#include "reconciler/cli/explain_kind.h"
#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_schema.h"

namespace muster::cli {
namespace {

/// A value that the field takes; empty when no value follows from what its schema says.
std::string example_of(const Field& field) {
  if (!field.allowed.empty()) return field.allowed.front();
  if (!field.names_kind.empty()) return "the name of a manifest of kind " + field.names_kind;
  switch (field.type) {
    case Type::boolean:
      return "true";
    case Type::secret:
      return "{env: NAME}";
    case Type::file:
    case Type::content:
      return "a path beside the manifest";
    case Type::duration:
      return "15m";
    case Type::timestamp:
      return "2025-06-30T18:00:00+02:00";
    case Type::integer:
      return std::to_string(field.default_value.is_int() && field.default_value.as_int() > 0
                                ? field.default_value.as_int()
                                : std::max<std::int64_t>(1, field.minimum.value_or(1)));
    default:
      break;
  }
  const Value& value = field.default_value;
  if (value.is_null() || value.is_map()) return "";
  return value.is_list() ? "[" + value_text(value) + "]" : value_text(value);
}

/// Resource fields that are made from a field of a manifest, with what a change of each leads to.
struct Effect {
  std::string field;  ///< "openstack.server.flavor"
  std::string consequence;
};

std::vector<Effect> effects_of(const Registry& registry, const KindPath& kind) {
  std::vector<Effect> effects;
  const Blueprint* blueprint = registry.blueprint(kind.schema->kind);
  if (kind.is_resource || blueprint == nullptr) return effects;
  std::string path = !kind.path.empty() && kind.path.front() == "metadata" ? "" : "spec";
  for (const std::string& part : kind.path) path += (path.empty() ? "" : ".") + part;
  // What holds for a manifest that says nothing in particular.
  Manifest any;
  any.kind = kind.schema->kind;
  for (const std::string& resource : registry.creation_order()) {
    const Schema& schema = registry.driver(resource)->schema();
    for (const auto& [name, sources] : blueprint->sources(any, resource)) {
      const bool is_made_from_it = std::any_of(sources.begin(), sources.end(), [&](const std::string& source) {
        return source == path || path.starts_with(source + ".") || source.starts_with(path + ".");
      });
      if (!is_made_from_it) continue;
      const Field* field = schema.find(name);
      effects.push_back({resource + "." + name, field == nullptr ? "changed in place" : consequence_of(*field)});
    }
  }
  return effects;
}

std::string title_of(const KindPath& kind) {
  std::string title = kind.schema->kind;
  for (const std::string& part : kind.path) title += "." + part;
  return title;
}

std::string labelled(std::string_view label, const std::string& text, std::size_t width) {
  return fmt::format("  {:<10} {}\n", label, wrap(text, width, 13));
}

std::string field_text(const Registry& registry, const KindPath& kind, const Field& field, const Painter& paint,
                       std::size_t width) {
  std::string text = labelled("type", type_text(field), width);
  text += labelled("given", default_text(field), width);
  if (field.sensitive) text += labelled("secret", "never shown, stored or logged", width);
  if (const std::string example = example_of(field); !example.empty()) text += labelled("example", example, width);
  if (kind.is_resource) text += labelled("a change", consequence_of(field), width);
  if (!field.doc.empty()) text += "\n  " + wrap(field.doc, width, 2) + "\n";
  if (const std::vector<Effect> effects = effects_of(registry, kind); !effects.empty()) {
    text += "\n" + paint(Colour::bold, "A change of it reaches") + "\n";
    for (const Effect& effect : effects)
      text += "  " + effect.field + "\n    " + wrap(effect.consequence, width, 4) + "\n";
  }
  const bool is_list_of_records = (field.type == Type::list || field.type == Type::set) && !field.fields.empty() &&
                                  field.fields.front().type == Type::record;
  const bool has_members =
      field.type == Type::record || field.type == Type::choice || field.type == Type::dictionary || is_list_of_records;
  if (has_members) {
    const std::vector<Field>& members = is_list_of_records ? field.fields.front().fields : field.fields;
    text += "\n" + paint(Colour::bold, field.type == Type::choice ? "Forms" : "Fields") + "\n" +
            fields_text(members, paint, width, 0, field.type == Type::choice);
  }
  return text;
}

std::string resource_kind_text(const Schema& schema, const Painter& paint, std::size_t width) {
  std::string text = paint(Colour::bold, schema.kind) + "  (a kind of resource: manifests make them)\n" +
                     wrap(schema.doc, width, 0) + "\n";
  for (const Field& field : schema.fields) {
    const std::string type = type_text(field) + (field.computed == Computed::no ? "; " + default_text(field) : "");
    text += "\n" + wrap_after("  " + paint(Colour::bold, field.name) + "  ", paint(Colour::dim, type), width, 4) + "\n";
    if (!field.doc.empty()) text += "    " + wrap(field.doc, width, 4) + "\n";
    text += "    " + paint(Colour::dim, wrap(consequence_of(field), width, 4)) + "\n";
  }
  return text;
}

std::string record_of(const Registry& registry, const KindPath& kind, const Field& field) {
  Json json = record("field");
  json["kind"] = kind.schema->kind;
  json["path"] = title_of(kind).substr(kind.schema->kind.size() + (kind.path.empty() ? 0 : 1));
  json["value"] = type_text(field);
  json["required"] = field.required;
  json["default"] = field.default_value.is_null() ? Json(nullptr) : json_of(field.default_value);
  json["unit"] = text_or_null(field.unit);
  json["minimum"] = field.minimum ? Json(*field.minimum) : Json(nullptr);
  json["maximum"] = field.maximum ? Json(*field.maximum) : Json(nullptr);
  json["allowed"] = field.allowed;
  json["names_kind"] = text_or_null(field.names_kind);
  json["sensitive"] = field.sensitive;
  json["doc"] = text_or_null(field.doc);
  json["example"] = text_or_null(example_of(field));
  json["change"] = kind.is_resource ? Json(consequence_of(field)) : Json(nullptr);
  Json effects = Json::array();
  for (const Effect& effect : effects_of(registry, kind))
    effects.push_back({{"field", effect.field}, {"change", effect.consequence}});
  json["reaches"] = effects;
  return line(json);
}

}  // namespace

std::string kind_text(const Registry& registry, const KindPath& kind, const Painter& paint, int width) {
  const auto columns = static_cast<std::size_t>(std::max(width, 40));
  if (kind.path.empty()) {
    return kind.is_resource ? resource_kind_text(*kind.schema, paint, columns)
                            : schema_text(*kind.schema, paint, width);
  }
  std::string text = paint(Colour::bold, title_of(kind)) + "\n";
  const std::vector<const Field*> fields = fields_at(kind);
  for (std::size_t i = 0; i < fields.size(); ++i)
    text += (i == 0 ? "" : "\nor\n") + field_text(registry, kind, *fields[i], paint, columns);
  return text;
}

std::string kind_records(const Registry& registry, const KindPath& kind) {
  std::string text;
  if (!kind.path.empty()) {
    for (const Field* field : fields_at(kind)) text += record_of(registry, kind, *field);
    return text;
  }
  for (const Field& field : kind.schema->fields) {
    KindPath member = kind;
    member.path.push_back(field.name);
    text += record_of(registry, member, field);
  }
  return text;
}

}  // namespace muster::cli
