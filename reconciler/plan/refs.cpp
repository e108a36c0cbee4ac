#include "reconciler/plan/refs.h"

#include <algorithm>

namespace muster::plan {
namespace {

Value filled_hole(const Value& original, const RefLookup& lookup) {
  if (!original.has_ref()) return original;
  const Hole& hole = original.as_hole();
  if (const auto* ref = std::get_if<Ref>(&hole)) return lookup(*ref).value_or(original);
  if (const auto* text = std::get_if<Text>(&hole)) {
    Text filled;
    for (const Value& part : text->parts) filled.parts.push_back(fill_refs(part, lookup));
    const auto& parts = filled.parts;
    if (!std::all_of(parts.begin(), parts.end(), [](const Value& part) { return part.is_string(); })) {
      return Hole{std::move(filled)};
    }
    std::string joined;
    for (const Value& part : parts) joined += part.as_string();
    return joined;
  }
  if (const auto* document = std::get_if<Document>(&hole)) {
    return Hole{Document{document->format, document->header, fill_refs(document->body, lookup)}};
  }
  return original;
}

}  // namespace

std::optional<Value> attribute_of(const Observed& object, std::string_view attribute) {
  if (attribute == "backend_id") return Value(object.backend_id);
  if (attribute == "incarnation") {
    if (!object.incarnation()) return std::nullopt;
    return Value(object.incarnation().to_string());
  }
  const Value& value = object.attributes.at(attribute);
  if (value.is_null()) return std::nullopt;
  return value;
}

Value fill_refs(const Value& value, const RefLookup& lookup) {
  if (value.is_hole()) return filled_hole(value, lookup);
  if (value.is_list()) {
    List filled;
    filled.reserve(value.as_list().size());
    for (const Value& item : value.as_list()) filled.push_back(fill_refs(item, lookup));
    return filled;
  }
  if (value.is_map()) {
    Map filled;
    for (const auto& [name, member] : value.as_map()) filled.emplace(name, fill_refs(member, lookup));
    return filled;
  }
  return value;
}

}  // namespace muster::plan
