#include "manifests/schema_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "manifests/envelope.h"
#include "manifests/fleet.h"

namespace muster::manifests {
namespace {

/// Keeps the order of the tables, which is the order in which people read them.
using Json = nlohmann::ordered_json;

enum class Requirement { as_declared, none };

Json schema_of(const Field& field, Requirement requirement);

Json schema_of_fields(const std::vector<Field>& fields, Requirement requirement) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const Field& field : fields) {
    if (field.computed != Computed::no) continue;
    schema["properties"][field.name] = schema_of(field, requirement);
    if (field.required) required.push_back(field.name);
  }
  if (requirement == Requirement::as_declared && !required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json element_of(const Field& field, Requirement requirement) {
  return field.fields.empty() ? Json{{"type", "string"}} : schema_of(field.fields[0], requirement);
}

/// Editors type plain scalars themselves; a text may be written as 1.10 all the same.
Json text_schema(const Field& field) {
  if (!field.allowed.empty()) return {{"enum", field.allowed}};
  Json schema{{"type", Json::array({"string", "number", "boolean"})}};
  if (!field.pattern.empty()) schema["pattern"] = "^(?:" + field.pattern + ")$";
  return schema;
}

Json integer_schema(const Field& field) {
  Json schema{{"type", "integer"}};
  if (field.minimum) schema["minimum"] = *field.minimum;
  if (field.maximum) schema["maximum"] = *field.maximum;
  return schema;
}

Json secret_schema() {
  const Json text{{"type", "string"}};
  const auto only = [](const char* name, Json value) {
    return Json{{"type", "object"},
                {"properties", {{name, std::move(value)}}},
                {"required", Json::array({name})},
                {"additionalProperties", false}};
  };
  return {
      {"oneOf",
       {only("env", text), only("file", text), only("command", {{"type", "array"}, {"items", text}, {"minItems", 1}}),
        Json{{"type", {"string", "number"}}}}}};
}

Json shape_schema(const Field& field, Requirement requirement) {
  switch (field.type) {
    case Type::boolean:
      return {{"type", "boolean"}};
    case Type::integer:
      return integer_schema(field);
    case Type::text:
      return text_schema(field);
    case Type::secret:
      return secret_schema();
    case Type::file:
      return {{"type", "string"}};
    case Type::duration:
      return {{"type", "string"}, {"pattern", "^(0|[1-9][0-9]*)[smhd]$"}};
    case Type::timestamp:
      return {{"type", "string"}, {"format", "date-time"}};
    case Type::list:
    case Type::set:
      return {{"type", "array"}, {"items", element_of(field, requirement)}};
    case Type::record:
      return schema_of_fields(field.fields, requirement);
    case Type::dictionary:
      return {{"type", "object"}, {"additionalProperties", element_of(field, requirement)}};
    case Type::any:
      return Json::object();
    case Type::choice:
      break;
  }
  Json options = Json::array();
  for (const Field& one : field.fields) options.push_back(schema_of(one, requirement));
  return {{"anyOf", std::move(options)}};
}

Json schema_of(const Field& field, Requirement requirement) {
  Json schema = shape_schema(field, requirement);
  std::string description = field.doc;
  if (!field.unit.empty()) description += std::string(description.empty() ? "In " : " In ") + field.unit + ".";
  if (!description.empty()) schema["description"] = description;
  // Durations and times have defaults in seconds, which is not how they are written.
  const bool is_written_alike = field.type != Type::duration && field.type != Type::timestamp;
  if (is_written_alike && !field.default_value.is_null() && !field.default_value.has_hole()) {
    schema["default"] = Json::parse(to_canonical_json(field.default_value));
  }
  return schema;
}

/// The Fleet's defaults by kind: parts of specs, so nothing in them is required.
Json defaults_schema(const Registry& registry) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  for (const std::string& kind : registry.manifest_kinds()) {
    schema["properties"][kind] = schema_of_fields(registry.manifest_schema(kind)->fields, Requirement::none);
  }
  return schema;
}

Json manifest_schema(const Registry& registry, const std::string& kind) {
  const bool is_fleet = kind == fleet_schema().kind;
  const Schema& declared = is_fleet ? fleet_schema() : *registry.manifest_schema(kind);
  Json spec = schema_of_fields(declared.fields, is_fleet ? Requirement::as_declared : Requirement::none);
  if (is_fleet) spec["properties"]["defaults"] = defaults_schema(registry);
  spec["description"] = declared.doc;
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", {"apiVersion", "kind", "metadata"}},
          {"properties",
           {{"apiVersion", {{"const", api_version}}},
            {"kind", {{"const", kind}, {"description", declared.doc}}},
            {"metadata", schema_of_fields(metadata_fields(), Requirement::as_declared)},
            {"spec", std::move(spec)}}}};
}

std::vector<std::string> kinds_of(const Registry& registry) {
  std::vector<std::string> kinds = registry.manifest_kinds();
  kinds.push_back(fleet_schema().kind);
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

std::string finished(Json schema, const std::string& title) {
  Json document{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}};
  document.update(schema);
  return document.dump(2) + "\n";
}

}  // namespace

std::string schema_json(const Registry& registry) {
  Json kinds = Json::array();
  Json rules = Json::array();
  for (const std::string& kind : kinds_of(registry)) {
    kinds.push_back(kind);
    rules.push_back({{"if", {{"properties", {{"kind", {{"const", kind}}}}}, {"required", Json::array({"kind"})}}},
                     {"then", manifest_schema(registry, kind)}});
  }
  return finished({{"type", "object"},
                   {"required", {"apiVersion", "kind", "metadata"}},
                   {"properties", {{"apiVersion", {{"const", api_version}}}, {"kind", {{"enum", std::move(kinds)}}}}},
                   {"allOf", std::move(rules)}},
                  "muster manifest");
}

std::string schema_json(const Registry& registry, const std::string& kind) {
  const std::vector<std::string> kinds = kinds_of(registry);
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) return {};
  return finished(manifest_schema(registry, kind), kind);
}

}  // namespace muster::manifests
