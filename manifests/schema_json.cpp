#include "manifests/schema_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "manifests/envelope.h"
#include "manifests/example.h"
#include "manifests/fleet.h"
#include "manifests/scalars.h"
#include "manifests/yaml_reader.h"

namespace muster::manifests {
namespace {

/// Keeps the order of the tables, which is the order in which people read them.
using Json = nlohmann::ordered_json;

constexpr std::size_t most_example_nodes = 10'000;

enum class Requirement { as_declared, none };

/// `example`: what the kind's example manifest says there; may be null.
Json schema_of(const Field& field, Requirement requirement, const Node* example);

const Node* member_of(const Node* node, const std::string& name) {
  const Member* member = node == nullptr ? nullptr : node->find(name);
  return member == nullptr ? nullptr : member->value.get();
}

/// What stands for "not given" wherever a field may be left out.
void allow_null(Json& schema) {
  if (schema.contains("anyOf")) {
    schema["anyOf"].push_back({{"type", "null"}});
  } else if (schema.contains("enum")) {
    schema["enum"].push_back(nullptr);
  } else if (schema.contains("type")) {
    if (!schema["type"].is_array()) schema["type"] = Json::array({schema["type"]});
    schema["type"].push_back("null");
  }
}

Json schema_of_fields(const std::vector<Field>& fields, Requirement requirement, const Node* example) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const Field& field : fields) {
    if (field.computed != Computed::no) continue;
    Json& property = schema["properties"][field.name];
    property = schema_of(field, requirement, member_of(example, field.name));
    if (field.required && requirement == Requirement::as_declared)
      required.push_back(field.name);
    else
      allow_null(property);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json element_of(const Field& field, Requirement requirement) {
  return schema_of(field.fields.empty() ? Field{} : field.fields[0], requirement, nullptr);
}

/// Editors type plain scalars themselves; a text may be written as 1.10 all the same.
Json text_schema(const Field& field) {
  if (!field.allowed.empty()) return {{"enum", field.allowed}};
  Json schema{{"type", Json::array({"string", "number", "boolean"})}};
  if (!field.pattern.empty()) schema["pattern"] = "^(?:" + field.pattern + ")$";
  // Not of the standard, which ignores it; yaml-language-server shows it instead of the expression.
  if (!field.pattern_hint.empty()) schema["patternErrorMessage"] = "Wanted: " + field.pattern_hint + ".";
  return schema;
}

Json integer_schema(const Field& field) {
  Json schema{{"type", "integer"}};
  if (field.minimum) schema["minimum"] = *field.minimum;
  if (field.maximum) schema["maximum"] = *field.maximum;
  return schema;
}

Json secret_schema() {
  const Json text{{"type", "string"}, {"minLength", 1}};
  const auto only = [](const char* name, Json value, const char* doc) {
    value["description"] = doc;
    return Json{{"type", "object"},
                {"properties", {{name, std::move(value)}}},
                {"required", Json::array({name})},
                {"additionalProperties", false}};
  };
  return {{"anyOf",
           {only("env", text, "The environment variable that holds it."),
            only("file", text, "The file that holds it, relative to the manifest."),
            only("command", {{"type", "array"}, {"items", {{"type", "string"}}}, {"minItems", 1}},
                 "The program that prints it, and its arguments."),
            Json{{"type", {"string", "number", "boolean"}}, {"minLength", 1}}}}};
}

Json content_schema() {
  const Json text{{"type", "string"}, {"minLength", 1}};
  Json output = text;
  output["description"] = "What the command leaves, relative to the manifest.";
  const Json command{{"type", "array"},
                     {"items", {{"type", "string"}}},
                     {"minItems", 1},
                     {"description", "The program that makes it, and its arguments; run in the manifest's directory."}};
  return {{"anyOf",
           {text, Json{{"type", "object"},
                       {"properties", {{"command", command}, {"output", std::move(output)}}},
                       {"required", {"command", "output"}},
                       {"additionalProperties", false}}}}};
}

Json shape_schema(const Field& field, Requirement requirement, const Node* example) {
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
    case Type::content:
      return content_schema();
    case Type::duration:
      return {{"type", "string"},
              {"pattern", "^(0|[1-9][0-9]*)[smhd]$"},
              {"patternErrorMessage", "Wanted: a time span such as 90s, 15m, 2h or 3d."}};
    case Type::timestamp:
      return {{"type", "string"},
              {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"},
              {"patternErrorMessage", "Wanted: date, time and offset, such as 2026-05-04T18:00:00+02:00."}};
    case Type::list:
    case Type::set:
      return {{"type", "array"}, {"items", element_of(field, requirement)}};
    case Type::record:
      return schema_of_fields(field.fields, requirement, example);
    case Type::dictionary:
      return {{"type", "object"}, {"additionalProperties", element_of(field, requirement)}};
    case Type::any:
      return Json::object();
    case Type::choice:
      break;
  }
  // Editors show the form that fits in place of the choice, so each says what the choice is about.
  Json options = Json::array();
  for (Field form : field.fields) {
    form.doc = field.doc + (field.doc.empty() || form.doc.empty() ? "" : " ") + form.doc;
    options.push_back(schema_of(form, requirement, nullptr));
  }
  return {{"anyOf", std::move(options)}};
}

Json json_of(const Node& node) {
  Json json;
  for (const NodePtr& item : node.items) json.push_back(json_of(*item));
  for (const Member& member : node.members) json[member.key] = json_of(*member.value);
  if (node.shape != Node::Shape::scalar) return json;
  if (node.quoted) return node.text;
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (const auto number = parse_integer(node.text)) return *number;
  return node.text;
}

/// As people write it; durations are held in seconds.
Json written_default(const Field& field) {
  const Value& value = field.default_value;
  if (value.is_null() || value.has_hole()) return nullptr;
  if (value.is_map() && value.as_map().empty()) return nullptr;
  if (field.type == Type::duration) return value.is_int() ? Json(format_duration(value.as_int())) : Json(nullptr);
  if (field.type == Type::timestamp) return nullptr;
  return Json::parse(to_canonical_json(value));
}

/// "Default: 60 seconds." and the like, for editors that show the description alone.
std::string description_of(const Field& field, const Json& fallback) {
  std::vector<std::string> parts;
  if (!field.doc.empty()) parts.push_back(field.doc);
  if (!field.names_kind.empty()) parts.push_back("The name of a manifest of kind " + field.names_kind + ".");
  if (!field.pattern_hint.empty()) parts.push_back("Wanted: " + field.pattern_hint + ".");
  const bool is_time = field.type == Type::duration;
  if (is_time && field.minimum) parts.push_back("At least " + format_duration(*field.minimum) + ".");
  if (is_time && field.maximum) parts.push_back("At most " + format_duration(*field.maximum) + ".");
  if (!field.unit.empty()) parts.push_back("Unit: " + field.unit + ".");
  if (!fallback.is_null()) {
    parts.push_back("Default: " + (fallback.is_string() ? fallback.get<std::string>() : fallback.dump()) + ".");
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " ") + part;
  return text;
}

Json schema_of(const Field& field, Requirement requirement, const Node* example) {
  Json schema = shape_schema(field, requirement, example);
  const Json fallback = written_default(field);
  if (const std::string text = description_of(field, fallback); !text.empty()) schema["description"] = text;
  if (!fallback.is_null()) schema["default"] = fallback;
  if (example != nullptr && field.type != Type::record) schema["examples"] = Json::array({json_of(*example)});
  return schema;
}

/// The Fleet's defaults by kind: parts of specs, so nothing in them is required.
Json defaults_schema(const Registry& registry) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  for (const std::string& kind : registry.manifest_kinds()) {
    Json spec = schema_of_fields(registry.manifest_schema(kind)->fields, Requirement::none, nullptr);
    spec["description"] = "What every " + kind + " has unless it says otherwise.";
    schema["properties"][kind] = std::move(spec);
  }
  return schema;
}

Json manifest_schema(const Registry& registry, const std::string& kind) {
  const bool is_fleet = kind == fleet_schema().kind;
  const Schema& declared = is_fleet ? fleet_schema() : *registry.manifest_schema(kind);
  const YamlFile example = read_yaml(kind, example_manifest(kind), most_example_nodes);
  const Node* root = example.documents.empty() ? nullptr : example.documents.front().root.get();
  Json spec = schema_of_fields(declared.fields, is_fleet ? Requirement::as_declared : Requirement::none,
                               member_of(root, "spec"));
  if (is_fleet) {
    Json& defaults = spec["properties"]["defaults"];
    Json by_kind = defaults_schema(registry);
    by_kind["description"] = defaults["description"];
    by_kind["examples"] = defaults["examples"];
    allow_null(by_kind);
    defaults = std::move(by_kind);
  } else {
    allow_null(spec);
  }
  spec["description"] = declared.doc;
  Json required = Json::array({"apiVersion", "kind", "metadata"});
  if (is_fleet) required.push_back("spec");
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", std::move(required)},
          {"properties",
           {{"apiVersion", {{"const", api_version}, {"description", "The version of this form of manifests."}}},
            {"kind", {{"const", kind}, {"description", declared.doc}}},
            {"metadata", schema_of_fields(metadata_fields(), Requirement::as_declared, member_of(root, "metadata"))},
            {"spec", std::move(spec)}}}};
}

std::vector<std::string> kinds_of(const Registry& registry) {
  std::vector<std::string> kinds = registry.manifest_kinds();
  kinds.push_back(fleet_schema().kind);
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

std::string finished(const Json& schema, const std::string& title) {
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
