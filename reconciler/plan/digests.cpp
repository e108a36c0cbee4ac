#include "reconciler/plan/digests.h"

#include "resources/contract/error.h"

namespace muster::plan {
namespace {

constexpr std::size_t digits = 12;

Value without_secret_origins(const Value& value);

Hole without_secret_origins(const Hole& hole) {
  if (const auto* secret = std::get_if<Secret>(&hole)) {
    Secret bare = *secret;
    bare.origin = {};
    return bare;
  }
  if (const auto* text = std::get_if<Text>(&hole)) {
    Text bare;
    for (const Value& part : text->parts) bare.parts.push_back(without_secret_origins(part));
    return bare;
  }
  if (const auto* document = std::get_if<Document>(&hole)) {
    return Document{document->format, document->header, without_secret_origins(document->body)};
  }
  return hole;
}

Value without_secret_origins(const Value& value) {
  if (value.is_hole()) return without_secret_origins(value.as_hole());
  if (value.is_list()) {
    List bare;
    for (const Value& item : value.as_list()) bare.push_back(without_secret_origins(item));
    return bare;
  }
  if (value.is_map()) {
    Map bare;
    for (const auto& [name, member] : value.as_map()) bare.emplace(name, without_secret_origins(member));
    return bare;
  }
  return value;
}

}  // namespace

std::string field_digest(const Value& declared) { return digest(without_secret_origins(declared)).substr(0, digits); }

std::map<std::string, std::string> stamp_digests(const Schema& schema, const Value& wanted, int form) {
  if (form != 1) throw Error(Fault::invalid, "a stamp of a form this muster does not know", "use a newer muster");
  std::map<std::string, std::string> digests;
  for (const Field& field : schema.fields) {
    if (field.compare != Compare::create_time || field.computed != Computed::no) continue;
    const Value& value = wanted.at(field.name);
    if (value.is_null() || value == field.default_value) continue;
    digests.emplace(field.name, field_digest(value));
  }
  return digests;
}

std::map<std::string, std::string> applied_digests(const Schema& schema, const Value& wanted) {
  std::map<std::string, std::string> digests;
  for (const Field& field : schema.fields) {
    if (field.compare == Compare::not_compared || field.computed != Computed::no) continue;
    const Value& value = wanted.at(field.name);
    if (!value.is_null()) digests.emplace(field.name, field_digest(value));
  }
  return digests;
}

}  // namespace muster::plan
