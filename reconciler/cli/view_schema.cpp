#include "reconciler/cli/view_schema.h"

#include <fmt/format.h>

#include "manifests/scalars.h"
#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

std::string_view type_word(Type type) {
  switch (type) {
    case Type::boolean:
      return "true or false";
    case Type::integer:
      return "whole number";
    case Type::text:
      return "text";
    case Type::secret:
      return "secret ({env: NAME}, {file: PATH} or {command: [...]})";
    case Type::file:
      return "path of a file";
    case Type::content:
      return "path of a file or directory";
    case Type::duration:
      return "time such as 90s, 15m or 2h";
    case Type::timestamp:
      return "date and time with offset";
    case Type::list:
      return "list";
    case Type::set:
      return "list without order";
    case Type::record:
      return "mapping";
    case Type::dictionary:
      return "mapping with free keys";
    case Type::choice:
      return "one of several forms";
    case Type::any:
      return "anything";
  }
  return "";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// As people write it; durations are held in seconds.
std::string limit_text(const Field& field, std::int64_t limit) {
  return field.type == Type::duration ? manifests::format_duration(limit) : std::to_string(limit);
}

}  // namespace

std::string type_text(const Field& field) {
  std::string text(type_word(field.type));
  if (!field.allowed.empty()) text = "one of " + joined(field.allowed);
  if (!field.names_kind.empty()) text = "name of a manifest of kind " + field.names_kind;
  if ((field.type == Type::list || field.type == Type::set) && !field.fields.empty()) {
    text += " of " + type_text(field.fields.front());
  }
  if (!field.pattern_hint.empty()) text += ": " + field.pattern_hint;
  if (field.minimum && field.maximum)
    text += fmt::format(", from {} to {}", limit_text(field, *field.minimum), limit_text(field, *field.maximum));
  else if (field.minimum)
    text += ", at least " + limit_text(field, *field.minimum);
  else if (field.maximum)
    text += ", at most " + limit_text(field, *field.maximum);
  return field.unit.empty() ? text : text + " " + field.unit;
}

std::string default_text(const Field& field) {
  if (field.required) return "required";
  const Value& value = field.default_value;
  if (value.is_null() || (value.is_map() && value.as_map().empty())) return "optional";
  const bool is_time = field.type == Type::duration && value.is_int();
  return "default " + (is_time ? manifests::format_duration(value.as_int()) : value_text(value));
}

/// `forms`: the fields are the forms of a choice, which have no names of their own.
std::string fields_text(const std::vector<Field>& fields, const Painter& paint, std::size_t width, std::size_t depth,
                        bool forms) {
  std::string text;
  const std::size_t indent = 2 + depth * 4;
  const std::string blanks(indent, ' ');
  for (const Field& field : fields) {
    const std::string type = forms ? type_text(field) : type_text(field) + "; " + default_text(field);
    const std::string head = blanks + (forms ? std::string("either") : paint(Colour::bold, field.name)) + "  ";
    text += wrap_after(head, paint(Colour::dim, type), width, indent + 4) + "\n";
    if (!field.doc.empty()) text += blanks + "    " + wrap(field.doc, width, indent + 4) + "\n";
    const bool has_members = field.type == Type::record || field.type == Type::choice || field.type == Type::dictionary;
    const bool lists_records = (field.type == Type::list || field.type == Type::set) && !field.fields.empty() &&
                               field.fields.front().type == Type::record;
    if (has_members) text += fields_text(field.fields, paint, width, depth + 1, field.type == Type::choice);
    if (lists_records) text += fields_text(field.fields.front().fields, paint, width, depth + 1);
  }
  return text;
}

std::string schema_text(const Schema& schema, const Painter& paint, int width) {
  const auto columns = static_cast<std::size_t>(width);
  std::string text = paint(Colour::bold, "kind: " + schema.kind) + "\n" + wrap(schema.doc, columns, 0) + "\n";
  return text + "\nspec:\n" + fields_text(schema.fields, paint, columns, 0);
}

}  // namespace muster::cli
