#include "manifests/content_reference.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "manifests/file_text.h"
#include "manifests/subprocess.h"
#include "resources/contract/error.h"

namespace muster::manifests {
namespace {

constexpr std::chrono::minutes longest_command{30};
/// Of its standard output, which nobody reads.
constexpr std::size_t most_output = std::size_t{64} << 20;

std::optional<std::vector<std::string>> words_of(const Node& node) {
  if (node.shape != Node::Shape::sequence || node.items.empty()) return std::nullopt;
  std::vector<std::string> words;
  for (const NodePtr& word : node.items) {
    if (word->shape != Node::Shape::scalar) return std::nullopt;
    words.push_back(word->text);
  }
  if (words.front().empty()) return std::nullopt;
  return words;
}

}  // namespace

std::optional<ContentReference> referred_content(const Node& node) {
  const auto is_text = [](const Node& one) { return one.shape == Node::Shape::scalar && !one.text.empty(); };
  ContentReference content;
  if (is_text(node)) {
    content.path = absolute_beside(node.home->file, node.text);
    return content;
  }
  const Member* command = node.find("command");
  const Member* output = node.find("output");
  if (node.members.size() != 2 || command == nullptr || output == nullptr || !is_text(*output->value))
    return std::nullopt;
  auto words = words_of(*command->value);
  if (!words) return std::nullopt;
  content.command = *std::move(words);
  content.path = absolute_beside(node.home->file, output->value->text);
  content.directory = std::filesystem::path(absolute_beside(node.home->file, ".")).lexically_normal().string();
  return content;
}

void make_content(const ContentReference& content) {
  if (content.command.empty()) return;
  const SubprocessResult result = run_subprocess(content.command, longest_command, most_output, content.directory);
  if (result.succeeded()) return;
  throw Error(Fault::invalid, fmt::format("the command {} {}", content.command.front(), result.describe()),
              fmt::format("run it by hand in {}", content.directory));
}

}  // namespace muster::manifests
