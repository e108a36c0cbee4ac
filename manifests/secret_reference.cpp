#include "manifests/secret_reference.h"

#include <fmt/format.h>

#include "manifests/file_text.h"

namespace muster::manifests {

std::optional<SecretOrigin> referred_secret(const Node& node) {
  using Shape = Node::Shape;
  if (node.shape != Shape::mapping || node.members.size() != 1) return std::nullopt;
  const std::string& key = node.members[0].key;
  const Node& given = *node.members[0].value;
  const bool is_text = given.shape == Shape::scalar && !given.text.empty();
  if (key == "env" && is_text) return SecretOrigin{SecretOriginKind::env, {given.text}};
  if (key == "file" && is_text)
    return SecretOrigin{SecretOriginKind::file, {absolute_beside(node.home->file, given.text)}};
  if (key != "command" || given.shape != Shape::sequence || given.items.empty()) return std::nullopt;
  SecretOrigin origin{SecretOriginKind::command, {}};
  for (const NodePtr& word : given.items) {
    if (word->shape != Shape::scalar) return std::nullopt;
    origin.words.push_back(word->text);
  }
  if (origin.words[0].empty()) return std::nullopt;
  if (origin.words[0].find('/') != std::string::npos)
    origin.words[0] = absolute_beside(node.home->file, origin.words[0]);
  return origin;
}

std::string secret_field(std::string_view kind, std::string_view path) {
  std::string field = fmt::format("{}.", kind);
  bool is_index = false;
  for (const char c : path) {
    if (c == ']') is_index = false;
    if (!is_index) field += c;
    if (c == '[') is_index = true;
  }
  return field;
}

}  // namespace muster::manifests
