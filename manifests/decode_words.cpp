#include "manifests/decode_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "manifests/scalars.h"

namespace muster::manifests {
namespace {

using Shape = Node::Shape;

bool is_sensitive(const Field& field) { return field.sensitive || field.type == Type::secret; }

bool is_one_of(std::string_view text, const auto& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 12> yaml_truths{"yes", "no",  "Yes",  "No",    "YES",  "NO",
                                                       "on",  "off", "True", "False", "TRUE", "FALSE"};

std::string join_with_or(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t index = 0; index < words.size(); ++index) {
    if (index > 0) text += index + 1 == words.size() ? " or " : ", ";
    text += words[index];
  }
  return text;
}

std::string hint_for_integer(const Node& node) {
  if (node.quoted && parse_integer(node.text)) return "remove the quotes: in quotes it is a text";
  const bool is_digits = !node.text.empty() && node.text.find_first_not_of("0123456789") == std::string::npos;
  if (is_digits && node.text.front() == '0') return "write it without leading zeros";
  if (is_digits) return "it does not fit into 64 bits";
  return {};
}

std::string hint_for_duration(const Node& node) {
  if (parse_integer(node.text))
    return fmt::format("add a unit: {}s, {}m, {}h or {}d", node.text, node.text, node.text, node.text);
  return {};
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
    if (field.type == Type::boolean && is_one_of(node.text, yaml_truths)) return "only true and false are truth values";
    if (field.type == Type::boolean && node.quoted) return "remove the quotes: in quotes it is a text";
    if (field.type == Type::integer) return hint_for_integer(node);
    if (field.type == Type::duration) return hint_for_duration(node);
    if (field.type == Type::timestamp) return "date, time and offset are required; Z stands for UTC";
    if (shape_of(field.type) == Shape::sequence) return fmt::format("write [{}]", shortened(node.text));
  }
  return field.doc;
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
    } else {
      result += byte < 0x20 ? ' ' : character;
    }
  }
  return result;
}

}  // namespace muster::manifests
