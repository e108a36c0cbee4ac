#include "manifests/decode_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "manifests/scalars.h"

namespace muster::manifests {
namespace {

using Shape = Node::Shape;

bool is_sensitive(const Field& field) { return field.sensitive || field.type == Type::secret; }

bool is_one_of(std::string_view text, const auto& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string join_with_or(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t index = 0; index < words.size(); ++index) {
    if (index > 0) text += index + 1 == words.size() ? " or " : ", ";
    text += words[index];
  }
  return text;
}

std::string hint_for_integer(const Node& node, const Field& field) {
  if (node.quoted && parse_integer(node.text)) return "remove the quotes: in quotes it is a text";
  const bool is_digits = !node.text.empty() && node.text.find_first_not_of("0123456789") == std::string::npos;
  if (is_digits && node.text.front() == '0') return "write it without leading zeros";
  if (is_digits) return "it does not fit into 64 bits";
  if (parse_duration(node.text) && !field.unit.empty()) return fmt::format("write the number of {} alone", field.unit);
  if (!node.text.empty() && node.text.find_first_not_of("0123456789abcdefxoABCDEFXO_.,'+-") == std::string::npos) {
    return "write it in decimal digits alone, such as 1000";
  }
  return field.doc;
}

std::string hint_for_duration(const Node& node) {
  if (parse_integer(node.text))
    return fmt::format("add a unit: {}s, {}m, {}h or {}d", node.text, node.text, node.text, node.text);
  return "write a whole number and one of s, m, h and d";
}

std::string hint_for_timestamp(const Node& node) {
  if (parse_timestamp(node.text + "Z"))
    return fmt::format("add the offset: {}+02:00, or {}Z for UTC", node.text, node.text);
  if (parse_timestamp(node.text + "T00:00:00Z"))
    return fmt::format("add a time and its offset: {}T18:00:00+02:00", node.text);
  const std::string day = node.text.substr(0, 10);
  const bool is_day = day.size() == 10 && day[4] == '-' && day[7] == '-';
  if (is_day && !parse_timestamp(day + "T00:00:00Z")) return fmt::format("there is no day {}", day);
  return "date, time and offset are required; Z stands for UTC";
}

/// The node has a shape that the field cannot have.
std::string hint_for_shape(const Node& node, const Field& field) {
  switch (field.type) {
    case Type::list:
    case Type::set:
      if (node.shape == Shape::scalar) return fmt::format("write [{}]", shortened(node.text));
      return "write the items in [brackets], or each on a line of its own after a dash";
    case Type::record: {
      std::vector<std::string> names;
      for (const Field& one : field.fields) names.push_back(one.name);
      if (names.empty()) return "write `key: value` lines below it, indented";
      return fmt::format("write its fields below it, indented; known fields: {}", fmt::join(names, ", "));
    }
    case Type::dictionary:
      return "write `key: value` lines below it, indented";
    default:
      break;
  }
  if (node.shape == Shape::mapping) return "put quotes around a text that contains `: ` or begins with `{`";
  if (node.shape == Shape::sequence) return "write one value, without dashes and brackets";
  return "write a value, or take the key away; \"\" is an empty text";
}

}  // namespace

Shape shape_of(Type type) {
  switch (type) {
    case Type::list:
    case Type::set:
      return Shape::sequence;
    case Type::record:
    case Type::dictionary:
      return Shape::mapping;
    default:
      return Shape::scalar;
  }
}

bool could_be(const Field& field, const Node& node) {
  const bool is_scalar = node.shape == Shape::scalar;
  switch (field.type) {
    case Type::any:
      return true;
    case Type::secret:
      return is_scalar || node.shape == Shape::mapping;
    case Type::choice:
      return std::any_of(field.fields.begin(), field.fields.end(),
                         [&](const Field& one) { return could_be(one, node); });
    case Type::boolean:
      return is_scalar && !node.quoted && (node.text == "true" || node.text == "false");
    case Type::integer:
      return is_scalar && !node.quoted && parse_integer(node.text).has_value();
    case Type::duration:
      return is_scalar && parse_duration(node.text).has_value();
    case Type::timestamp:
      return is_scalar && parse_timestamp(node.text).has_value();
    default:
      return node.shape == shape_of(field.type);
  }
}

std::string wanted_words(const Field& field) {
  switch (field.type) {
    case Type::boolean:
      return "true or false";
    case Type::integer:
      return "a whole number";
    case Type::text:
      return field.names_kind.empty() ? "a text" : fmt::format("the name of a manifest of kind {}", field.names_kind);
    case Type::secret:
      return "a secret";
    case Type::file:
      return "the path of a file";
    case Type::content:
      return "the path of a file or directory, or {command: [PROGRAM, ARGUMENT...], output: PATH}";
    case Type::duration:
      return "a duration such as 90s, 15m, 2h or 3d";
    case Type::timestamp:
      return "a time such as 2026-05-04T18:00:00+02:00";
    case Type::list:
    case Type::set:
      return "a list";
    case Type::record:
    case Type::dictionary:
      return "a mapping";
    case Type::any:
      return "a value";
    case Type::choice:
      break;
  }
  std::vector<std::string> words;
  for (const Field& one : field.fields) {
    std::string word = wanted_words(one);
    if (!is_one_of(word, words)) words.push_back(std::move(word));
  }
  return join_with_or(words);
}

std::string precise_words(const Field& field) {
  if (field.type != Type::text) return wanted_words(field);
  if (!field.allowed.empty()) return join_with_or(field.allowed);
  return field.pattern_hint.empty() ? wanted_words(field) : field.pattern_hint;
}

std::string found_words(const Node& node, const Field& field) {
  switch (node.shape) {
    case Shape::null:
      return "empty";
    case Shape::sequence:
      return "a list";
    case Shape::mapping:
      return "a mapping";
    case Shape::scalar:
      break;
  }
  if (is_sensitive(field)) return "this text";
  if (!node.quoted && parse_integer(node.text)) return fmt::format("the number {}", node.text);
  if (!node.quoted && (node.text == "true" || node.text == "false")) return node.text;
  return fmt::format("the text \"{}\"", shortened(node.text));
}

std::string hint_for(const Node& node, const Field& field) {
  if (field.type == Type::secret) return "write {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT]}";
  if (node.shape == Shape::scalar) {
    const bool is_truth = node.text == "true" || node.text == "false";
    if (field.type == Type::boolean && is_truth) return "remove the quotes: in quotes it is a text";
    if (field.type == Type::boolean) return "only true and false are truth values";
    if (field.type == Type::integer) return hint_for_integer(node, field);
    if (field.type == Type::duration) return hint_for_duration(node);
    if (field.type == Type::timestamp) return hint_for_timestamp(node);
  }
  if (field.type != Type::choice && node.shape != shape_of(field.type)) return hint_for_shape(node, field);
  return field.doc;
}

std::string foreign_letter(std::string_view text) {
  const auto lead = std::find_if(text.begin(), text.end(), [](unsigned char byte) { return byte >= 0x80; });
  if (lead == text.end()) return {};
  const auto first = static_cast<unsigned char>(*lead);
  const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  std::uint32_t code = first & (0x3fU >> more);
  for (auto byte = lead + 1; byte != text.end() && byte <= lead + more; ++byte) {
    code = code << 6 | (static_cast<unsigned char>(*byte) & 0x3fU);
  }
  return fmt::format("; it contains U+{:04X}", code);
}

std::string shortened(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string result;
  std::size_t count = 0;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if ((byte & 0xc0) != 0x80 && count++ == most) return result + "...";
    if (character == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else {
      result += character;
    }
  }
  return result;
}

}  // namespace muster::manifests
