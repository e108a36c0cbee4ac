#include "reconciler/cli/explain_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

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

/// What may stand at one level of a manifest or a resource.
struct Level {
  std::vector<const Field*> fields;
  bool free_keys = false;  ///< under any name
};

Level first_level(const KindPath& kind) {
  Level level;
  for (const Field& field : kind.schema->fields) level.fields.push_back(&field);
  if (!kind.is_resource) level.fields.push_back(&metadata().front());
  return level;
}

std::vector<const Field*> called(const Level& level, const std::string& name) {
  std::vector<const Field*> found;
  for (const Field* field : level.fields) {
    if (level.free_keys || field->name == name) found.push_back(field);
  }
  return found;
}

Level below(const std::vector<const Field*>& found) {
  Level level;
  for (const Field* field : found) collect_members(*field, level.fields);
  level.free_keys = found.size() == 1 && found.front()->type == Type::dictionary;
  return level;
}

/// The name that `part` means: its own but for capitals, or one it is a slip of; empty: there is none.
std::string name_meant(const Level& level, const std::string& part) {
  if (level.free_keys) return part;
  std::vector<std::string> names;
  for (const Field* field : level.fields) {
    if (lower_case(field->name) == lower_case(part)) return field->name;
    names.push_back(field->name);
  }
  return did_you_mean(part, names);
}

/// `so_far` with the fields below it that the parts from `first` on mean, as far as they mean one.
std::string path_meant(std::string so_far, Level level, const std::vector<std::string>& parts, std::size_t first) {
  for (std::size_t i = first; i < parts.size(); ++i) {
    const std::string name = name_meant(level, parts[i]);
    if (name.empty()) break;
    so_far += "." + name;
    level = below(called(level, name));
  }
  return so_far;
}

/// How much of a word is written like a kind but for capitals, and that kind.
std::pair<std::size_t, std::string> kind_but_for_capitals(const Registry& registry, const std::string& word) {
  const std::string small = lower_case(word);
  std::string best;
  for (const std::string& kind : known_kinds(registry)) {
    const bool fits = small == lower_case(kind) || small.starts_with(lower_case(kind) + ".");
    if (fits && kind.size() > best.size()) best = kind;
  }
  return {best.size(), best};
}

/// The same where the kind has a slip of the hand in it.
std::pair<std::size_t, std::string> kind_but_for_slips(const Registry& registry, const std::string& word) {
  if (auto found = kind_but_for_capitals(registry, word); found.first > 0) return found;
  const std::vector<std::string> kinds = known_kinds(registry);
  const std::size_t family = word.find('.');
  const std::size_t resource = family == std::string::npos ? family : word.find('.', family + 1);
  for (const std::size_t end : {resource, family}) {
    const std::string begin = word.substr(0, end);
    if (std::string kind = did_you_mean(begin, kinds); !kind.empty()) return {begin.size(), std::move(kind)};
  }
  return {};
}

std::string meant(const Registry& registry, const std::string& word, const std::pair<std::size_t, std::string>& begin) {
  if (begin.second.empty()) return {};
  const KindPath kind = kind_path(registry, begin.second + word.substr(begin.first));
  return path_meant(begin.second, first_level(kind), kind.path, 0);
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

std::string kind_meant(const Registry& registry, const std::string& word) {
  return meant(registry, word, kind_but_for_capitals(registry, word));
}

KindPath kind_path(const Registry& registry, const std::string& word) {
  const std::string kind = kind_in(registry, word);
  if (kind.empty()) {
    const std::vector<std::string> kinds = known_kinds(registry);
    const std::string close = meant(registry, word, kind_but_for_slips(registry, word));
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
  Level level = first_level(kind);
  std::vector<const Field*> found;
  std::string so_far = kind.schema->kind;
  for (std::size_t i = 0; i < kind.path.size(); ++i) {
    const std::string& part = kind.path[i];
    found = called(level, part);
    if (found.empty()) {
      std::string list;
      for (const Field* field : level.fields) list += (list.empty() ? "" : ", ") + field->name;
      const std::string close = path_meant(so_far, level, kind.path, i);
      throw Error(Fault::usage, fmt::format("{} has no field '{}'", so_far, part),
                  close != so_far ? "did you mean '" + close + "'?"
                  : list.empty()  ? so_far + " has no fields of its own"
                                  : "its fields are " + list);
    }
    so_far += "." + part;
    level = below(found);
  }
  return found;
}

}  // namespace muster::cli
