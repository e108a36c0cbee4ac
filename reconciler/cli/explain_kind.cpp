#include "reconciler/cli/explain_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "manifests/envelope.h"
#include "manifests/fleet.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

std::vector<std::string> known_kinds(const Registry& registry) {
  std::vector<std::string> kinds = registry.manifest_kinds();
  kinds.push_back(manifests::fleet_schema().kind);
  for (const std::string& kind : registry.resource_kinds()) kinds.push_back(kind);
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

/// The kind at the beginning of the word, the longest that fits; empty when there is none.
std::string kind_in(const Registry& registry, const std::string& word) {
  std::string best;
  for (const std::string& kind : known_kinds(registry)) {
    const bool fits = word == kind || word.starts_with(kind + ".");
    if (fits && kind.size() > best.size()) best = kind;
  }
  return best;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    std::string part = path.substr(begin, end - begin);
    part = part.substr(0, part.find('['));
    if (!part.empty()) parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

const std::vector<Field>& metadata() {
  static const std::vector<Field> fields{{.name = "metadata",
                                          .type = Type::record,
                                          .required = true,
                                          .doc = "Names and labels the manifest.",
                                          .fields = manifests::metadata_fields()}};
  return fields;
}

/// What may stand below a field: its members, those of its elements, of any of its forms, or of its values.
void collect_members(const Field& field, std::vector<const Field*>& members) {
  const bool is_list = field.type == Type::list || field.type == Type::set;
  if (field.type == Type::record || field.type == Type::dictionary) {
    for (const Field& member : field.fields) members.push_back(&member);
  } else if (is_list && !field.fields.empty()) {
    collect_members(field.fields.front(), members);
  } else if (field.type == Type::choice) {
    for (const Field& form : field.fields) collect_members(form, members);
  }
}

}  // namespace

bool means_kind(const Registry& registry, const std::string& word) {
  if (word.find_first_of("/:") != std::string::npos) return false;
  if (!kind_in(registry, word).empty()) return true;
  if (!word.empty() && std::isupper(static_cast<unsigned char>(word[0])) != 0) return true;
  // "openstack.sevrer": begins like a resource kind.
  const std::string family = word.substr(0, word.find('.') + 1);
  const std::vector<std::string> kinds = registry.resource_kinds();
  return !family.empty() &&
         std::any_of(kinds.begin(), kinds.end(), [&](const std::string& kind) { return kind.starts_with(family); });
}

std::string with_right_capitals(const Registry& registry, const std::string& word) {
  const std::string small = lower_case(word);
  std::string best;
  for (const std::string& kind : known_kinds(registry)) {
    const bool fits = small == lower_case(kind) || small.starts_with(lower_case(kind) + ".");
    if (fits && kind.size() > best.size()) best = kind;
  }
  if (best.empty()) return {};
  const std::string exact = best + word.substr(best.size());
  try {
    fields_at(kind_path(registry, exact));
    return exact;
  } catch (const Error&) {  // explained when that is asked for
    return best;
  }
}

KindPath kind_path(const Registry& registry, const std::string& word) {
  const std::string kind = kind_in(registry, word);
  if (kind.empty()) {
    const std::vector<std::string> kinds = known_kinds(registry);
    const std::string first = word.substr(0, word.find('.'));
    std::string close = did_you_mean(word, kinds);
    if (close.empty()) close = did_you_mean(first, kinds);
    std::string list;
    for (const std::string& one : kinds) list += (list.empty() ? "" : ", ") + one;
    throw Error(Fault::usage, "there is no kind '" + word + "'",
                (close.empty() ? "" : "did you mean '" + close + "'? ") + ("the kinds are " + list));
  }
  KindPath result;
  result.path = parts_of(word.substr(std::min(kind.size() + 1, word.size())));
  result.schema = kind == manifests::fleet_schema().kind ? &manifests::fleet_schema() : registry.manifest_schema(kind);
  if (result.schema == nullptr) {
    result.schema = &registry.driver(kind)->schema();
    result.is_resource = true;
  } else if (!result.path.empty() && result.path.front() == "spec") {
    result.path.erase(result.path.begin());
  }
  return result;
}

std::string consequence_of(const Field& field) {
  if (field.computed != Computed::no) return "told by the backend; nobody wants it, others may refer to it";
  if (field.compare == Compare::not_compared) return "not compared: it names the thing, or steers muster";
  if (field.compare == Compare::observed && field.mutability == Mutability::updatable) return "changed in place";
  return "needs a new one: replaced by policy (replace: now), else held";
}

std::vector<const Field*> fields_at(const KindPath& kind) {
  std::vector<const Field*> level;
  for (const Field& field : kind.schema->fields) level.push_back(&field);
  if (!kind.is_resource) level.push_back(&metadata().front());
  std::vector<const Field*> found;
  std::string so_far = kind.schema->kind;
  bool free_keys = false;
  for (const std::string& part : kind.path) {
    found.clear();
    std::vector<std::string> names;
    for (const Field* field : level) {
      names.push_back(field->name);
      if (free_keys || field->name == part) found.push_back(field);
    }
    if (found.empty()) {
      const std::string close = did_you_mean(part, names);
      std::string list;
      for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
      throw Error(Fault::usage, fmt::format("{} has no field '{}'", so_far, part),
                  !close.empty()  ? "did you mean '" + so_far + "." + close + "'?"
                  : names.empty() ? so_far + " has no fields of its own"
                                  : "its fields are " + list);
    }
    so_far += "." + part;
    level.clear();
    for (const Field* field : found) collect_members(*field, level);
    free_keys = found.size() == 1 && found.front()->type == Type::dictionary;
  }
  return found;
}

}  // namespace muster::cli
