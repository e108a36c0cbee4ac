#include "manifests/decode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <tuple>
#include <utility>

#include "manifests/content_reference.h"
#include "manifests/decode_words.h"
#include "manifests/file_text.h"
#include "manifests/patterns.h"
#include "manifests/scalars.h"
#include "manifests/secret_reference.h"
#include "manifests/untyped_value.h"
#include "resources/contract/content.h"
#include "resources/contract/error.h"

namespace muster::manifests {
namespace {

/// std::regex recurses for each character; longer texts are refused before it sees them.
constexpr std::size_t longest_patterned_text = 2048;

using Shape = Node::Shape;

void sort_as_set(List& items) {
  std::map<std::string, Value> sorted;
  for (Value& item : items) {
    std::string key = to_canonical_json(item);
    sorted.emplace(std::move(key), std::move(item));
  }
  items.clear();
  for (auto& [key, value] : sorted) items.push_back(std::move(value));
}

class Decoder {
 public:
  explicit Decoder(const DecodeOptions& options) : options_(options) {}

  Value record(const Node* node, const std::vector<Field>& fields, const std::string& path, const Origin& fallback);
  Decoded finish(Value value) {
    out_.value = std::move(value);
    return std::move(out_);
  }
  void wrong(const Node& node, const Field& field, const std::string& path, std::string hint = {});

 private:
  Value decode(const NodePtr& node, const Field& field, const std::string& path);
  Value scalar(const Node& node, const Field& field, const std::string& path);
  Value integer(const Node& node, const Field& field, const std::string& path);
  Value duration(const Node& node, const Field& field, const std::string& path);
  Value text(const Node& node, const Field& field, const std::string& path);
  Value sequence(const Node& node, const Field& field, const std::string& path);
  Value dictionary(const Node& node, const Field& field, const std::string& path);
  Value choice(const NodePtr& node, const Field& field, const std::string& path);
  Value file(const Node& node, const Field& field, const std::string& path);
  Value content(const Node& node, const Field& field, const std::string& path);
  Value secret(const Node& node, const Field& field, const std::string& path);
  std::optional<SecretOrigin> secret_origin(const Node& node, const Field& field, const std::string& path);
  std::optional<SecretOrigin> plain_secret(const Node& node, const std::string& path);
  Value absent(const Field& field, const std::string& path, const Origin& fallback);
  void refuse_unknown(const Node& node, const std::vector<Field>& fields, const std::string& path);
  bool fits_bounds(std::int64_t value, const Node& node, const Field& field, const std::string& path);
  bool fits_pattern(const Node& node, const Field& field, const std::string& path);

  void tell(const Origin& where, std::string message, std::string hint) {
    out_.diagnostics.push_back({Severity::error, where, std::move(message), std::move(hint)});
  }
  /// What stands at `path` is no value then.
  void error(const std::string& path, const Origin& where, std::string message, std::string hint) {
    out_.faulty.push_back(path);
    tell(where, std::move(message), std::move(hint));
  }
  std::size_t errors() const {
    return static_cast<std::size_t>(
        std::count_if(out_.diagnostics.begin(), out_.diagnostics.end(),
                      [](const Diagnostic& one) { return one.severity == Severity::error; }));
  }

  const DecodeOptions& options_;
  Decoded out_;
};

void Decoder::wrong(const Node& node, const Field& field, const std::string& path, std::string hint) {
  error(path, node.where(), fmt::format("{} must be {}, not {}", path, wanted_words(field), found_words(node, field)),
        hint.empty() ? hint_for(node, field) : std::move(hint));
}

Value Decoder::record(const Node* node, const std::vector<Field>& fields, const std::string& path,
                      const Origin& fallback) {
  const Origin where = node != nullptr ? node->where() : fallback;
  if (node != nullptr) {
    out_.marks[path] = where;
    refuse_unknown(*node, fields, path);
  }
  Map members;
  for (const Field& field : fields) {
    if (field.computed != Computed::no) continue;
    const std::string member_path = path + "." + field.name;
    const Member* member = node != nullptr ? node->find(field.name) : nullptr;
    const bool is_given = member != nullptr && member->value->shape != Shape::null;
    Value value = is_given ? decode(member->value, field, member_path)
                           : absent(field, member_path, member != nullptr ? member->where() : where);
    if (!value.is_null()) members.emplace(field.name, std::move(value));
  }
  return members;
}

void Decoder::refuse_unknown(const Node& node, const std::vector<Field>& fields, const std::string& path) {
  std::vector<std::string> known;
  for (const Field& field : fields) {
    if (field.computed == Computed::no) known.push_back(field.name);
  }
  for (const Member& member : node.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const std::string near = did_you_mean(member.key, known);
    if (!near.empty()) out_.faulty.push_back(path + "." + near);
    tell(member.where(), fmt::format("{} has no field \"{}\"", path, shortened(member.key)),
         near.empty() ? fmt::format("known fields: {}", fmt::join(known, ", "))
                      : fmt::format("did you mean \"{}\"?", near));
  }
}

Value Decoder::absent(const Field& field, const std::string& path, const Origin& fallback) {
  if (options_.is_partial) return {};
  if (field.required) {
    // A name that is nearly this one was told already, and is the same mistake.
    if (std::find(out_.faulty.begin(), out_.faulty.end(), path) != out_.faulty.end()) return {};
    error(path, fallback, fmt::format("{} is missing", path),
          fmt::format("add {}: {}", field.name, precise_words(field)));
    return {};
  }
  // A record whose default is a mapping counts as written: its own defaults are filled in below that mapping.
  if (field.type != Type::record || !field.default_value.is_map()) return field.default_value;
  Value filled = record(nullptr, field.fields, path, fallback);
  for (const auto& [name, value] : field.default_value.as_map()) filled.as_map().insert_or_assign(name, value);
  return filled;
}

Value Decoder::decode(const NodePtr& node, const Field& field, const std::string& path) {
  out_.marks[path] = node->where();
  if (node->shape == Shape::null) {
    wrong(*node, field, path);
    return {};
  }
  switch (field.type) {
    case Type::choice:
      return choice(node, field, path);
    case Type::secret:
      return secret(*node, field, path);
    case Type::content:
      return content(*node, field, path);
    case Type::any:
      return untyped_value(*node);
    default:
      break;
  }
  if (node->shape != shape_of(field.type)) {
    wrong(*node, field, path);
    return {};
  }
  switch (field.type) {
    case Type::list:
    case Type::set:
      return sequence(*node, field, path);
    case Type::record:
      return record(node.get(), field.fields, path, node->where());
    case Type::dictionary:
      return dictionary(*node, field, path);
    default:
      return scalar(*node, field, path);
  }
}

Value Decoder::scalar(const Node& node, const Field& field, const std::string& path) {
  switch (field.type) {
    case Type::boolean:
      if (!node.quoted && (node.text == "true" || node.text == "false")) return node.text == "true";
      break;
    case Type::integer:
      return integer(node, field, path);
    case Type::duration:
      return duration(node, field, path);
    case Type::timestamp:
      if (const auto seconds = parse_timestamp(node.text)) return *seconds;
      break;
    case Type::file:
      return file(node, field, path);
    default:
      return text(node, field, path);
  }
  wrong(node, field, path);
  return {};
}

Value Decoder::integer(const Node& node, const Field& field, const std::string& path) {
  const auto number = node.quoted ? std::nullopt : parse_integer(node.text);
  if (!number) {
    wrong(node, field, path);
    return {};
  }
  return fits_bounds(*number, node, field, path) ? Value(*number) : Value();
}

Value Decoder::duration(const Node& node, const Field& field, const std::string& path) {
  const auto seconds = parse_duration(node.text);
  if (!seconds) {
    wrong(node, field, path);
    return {};
  }
  return fits_bounds(*seconds, node, field, path) ? Value(*seconds) : Value();
}

bool Decoder::fits_bounds(std::int64_t value, const Node& node, const Field& field, const std::string& path) {
  const bool is_low = field.minimum && value < *field.minimum;
  const bool is_high = field.maximum && value > *field.maximum;
  if (!is_low && !is_high) return true;
  const std::int64_t bound = is_low ? *field.minimum : *field.maximum;
  const std::string limit = field.type == Type::duration ? format_duration(bound) : std::to_string(bound);
  error(path, node.where(),
        fmt::format("{} is {}, but must be at {} {}{}{}", path, node.text, is_low ? "least" : "most", limit,
                    field.unit.empty() || field.type == Type::duration ? "" : " ",
                    field.type == Type::duration ? "" : field.unit),
        field.doc);
  return false;
}

Value Decoder::text(const Node& node, const Field& field, const std::string& path) {
  if (!field.allowed.empty() &&
      std::find(field.allowed.begin(), field.allowed.end(), node.text) == field.allowed.end()) {
    const std::string near = did_you_mean(node.text, field.allowed);
    error(path, node.where(), fmt::format("{} cannot be {}", path, found_words(node, field)),
          near.empty() ? fmt::format("allowed: {}", fmt::join(field.allowed, ", "))
                       : fmt::format("did you mean \"{}\"?", near));
    return {};
  }
  if (!field.pattern.empty() && !fits_pattern(node, field, path)) return {};
  if (!field.names_kind.empty()) out_.references.push_back({field.names_kind, node.text, path, node.where()});
  return node.text;
}

bool Decoder::fits_pattern(const Node& node, const Field& field, const std::string& path) {
  const bool is_short = node.text.size() <= longest_patterned_text;
  if (is_short && options_.patterns.fits(node.text, field.pattern)) return true;
  error(path, node.where(), fmt::format("{} cannot be {}", path, found_words(node, field)),
        (field.pattern_hint.empty() ? fmt::format("it must match {}", field.pattern)
                                    : fmt::format("wanted: {}", field.pattern_hint)) +
            foreign_letter(node.text));
  return false;
}

Value Decoder::sequence(const Node& node, const Field& field, const std::string& path) {
  static const Field any_text;
  const Field& element = field.fields.empty() ? any_text : field.fields[0];
  List items;
  for (std::size_t index = 0; index < node.items.size(); ++index) {
    Value item = decode(node.items[index], element, fmt::format("{}[{}]", path, index));
    // In a list what is wrong keeps its place, or all behind it would be told of at the place of another.
    if (!item.is_null() || field.type == Type::list) items.push_back(std::move(item));
  }
  if (field.type == Type::set) sort_as_set(items);
  return items;
}

Value Decoder::dictionary(const Node& node, const Field& field, const std::string& path) {
  static const Field any_text;
  const Field& element = field.fields.empty() ? any_text : field.fields[0];
  Map members;
  for (const Member& member : node.members) {
    Value value = decode(member.value, element, path + "." + member.key);
    if (!value.is_null()) members.emplace(member.key, std::move(value));
  }
  return members;
}

Value Decoder::choice(const NodePtr& node, const Field& field, const std::string& path) {
  std::vector<const Field*> fitting;
  for (const Field& one : field.fields) {
    if (could_be(one, *node)) fitting.push_back(&one);
  }
  if (fitting.empty()) {
    wrong(*node, field, path);
    return {};
  }
  // Several may fit (a number, a text): the first without errors is meant, else the one with the fewest.
  const DecodedSize before = out_.size();
  const std::size_t errors_before = errors();
  const auto attempt = [&](const Field& one) {
    out_.go_back_to(before);
    Value value = decode(node, one, path);
    return std::pair(std::move(value), errors() - errors_before);
  };
  const Field* best = fitting.front();
  std::size_t fewest = SIZE_MAX;
  for (const Field* one : fitting) {
    auto [value, count] = attempt(*one);
    if (count == 0) return std::move(value);
    if (count < fewest) std::tie(best, fewest) = std::pair(one, count);
  }
  return attempt(*best).first;
}

Value Decoder::file(const Node& node, const Field&, const std::string& path) {
  const std::string place = beside(node.home->file, node.text);
  FileText content = read_file_text(place, options_.content_bytes);
  if (!content.problem.empty()) {
    error(path, node.where(), fmt::format("{}: the file {} {}", path, place, content.problem),
          "the path is relative to the manifest's own directory");
    return {};
  }
  if (find_invalid_utf8(content.text) != std::string::npos) {
    error(path, node.where(), fmt::format("{}: the file {} is not UTF-8", path, place), "only text can be included");
    return {};
  }
  return std::move(content.text);
}

/// An absolute path, because commands run elsewhere than the manifests stand.
Value Decoder::content(const Node& node, const Field& field, const std::string& path) {
  const auto named = referred_content(node);
  if (!named) {
    wrong(node, field, path);
    return {};
  }
  const bool is_made = !named->command.empty();
  try {
    if (options_.runs_commands) make_content(*named);
  } catch (const Error& problem) {
    error(path, node.where(), fmt::format("{}: {}", path, problem.message()), problem.hint());
    return {};
  }
  try {
    // Whoever looks or removes can do without, as without secrets: images are seldom in Git.
    const bool can_do_without = !options_.runs_commands && (is_made || options_.secrets_may_lack);
    const bool may_lack = can_do_without && !std::filesystem::exists(named->path);
    FileDigests none;
    FileDigests& digests = options_.digests != nullptr ? *options_.digests : none;
    const Content read = may_lack ? Content{named->path, false, 0, {}} : read_content(named->path, digests);
    return Map{{"path", read.path}, {"directory", read.is_directory}, {"size", read.size}, {"sha256", read.sha256}};
  } catch (const Error& problem) {
    error(path, node.where(), fmt::format("{}: {} {}", path, named->path, problem.message()),
          is_made ? "the command has to leave it there" : "the path is relative to the manifest's own directory");
    return {};
  }
}

Value Decoder::secret(const Node& node, const Field& field, const std::string& path) {
  auto origin = secret_origin(node, field, path);
  if (!origin) return {};
  Secret secret{*std::move(origin), {}, {}, SecretForm::clear};
  if (options_.secrets != nullptr && !options_.fleet_uid.empty()) {
    try {
      secret.digest = options_.secrets->digest(secret.origin, options_.fleet_uid, secret_field(options_.kind, path));
    } catch (const Error& problem) {
      UnreadSecret unread{
          {},
          secret.origin,
          {Severity::error, node.where(), fmt::format("{}: {}", path, problem.message()), problem.hint()},
          {Severity::warning, node.where(), fmt::format("{} is not compared: {}", path, problem.message()),
           problem.hint()}};
      if (options_.secrets_may_lack) {
        out_.lacking.push_back(std::move(unread));
        return Hole(std::move(secret));
      }
      out_.faulty.push_back(path);
      out_.diagnostics.push_back(unread.problem);
      out_.unread.push_back(std::move(unread));
      return {};
    }
  }
  return Hole(std::move(secret));
}

std::optional<SecretOrigin> Decoder::secret_origin(const Node& node, const Field& field, const std::string& path) {
  if (node.shape == Shape::scalar) return plain_secret(node, path);
  auto origin = referred_secret(node);
  if (!origin) wrong(node, field, path);
  return origin;
}

std::optional<SecretOrigin> Decoder::plain_secret(const Node& node, const std::string& path) {
  if (node.text.empty()) {
    error(path, node.where(), fmt::format("{} is an empty secret", path),
          "write {env: NAME}, {file: PATH} or {command: [...]}");
    return std::nullopt;
  }
  out_.diagnostics.push_back({Severity::warning, node.where(), fmt::format("{} stands in clear in the manifest", path),
                              "write {env: NAME}, {file: PATH} or {command: [...]} instead"});
  const std::string place = node.where().to_string();
  if (options_.secrets != nullptr) options_.secrets->keep_plain(place, node.text);
  return SecretOrigin{SecretOriginKind::plain, {place}};
}

}  // namespace

DecodedSize Decoded::size() const {
  return {references.size(), diagnostics.size(), faulty.size(), unread.size(), lacking.size()};
}

void Decoded::go_back_to(const DecodedSize& size) {
  references.resize(size.references);
  diagnostics.resize(size.diagnostics);
  faulty.resize(size.faulty);
  unread.resize(size.unread);
  lacking.resize(size.lacking);
}

Decoded decode_record(const NodePtr& node, const std::vector<Field>& fields, const std::string& path,
                      const Origin& fallback, const DecodeOptions& options) {
  Decoder decoder(options);
  const bool is_given = node && node->shape != Shape::null;
  if (is_given && node->shape != Shape::mapping) {
    Field mapping;
    mapping.type = Type::record;
    mapping.fields = fields;
    decoder.wrong(*node, mapping, path);
    return decoder.finish(Map());
  }
  return decoder.finish(decoder.record(is_given ? node.get() : nullptr, fields, path, fallback));
}

}  // namespace muster::manifests
