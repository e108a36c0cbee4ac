#include "manifests/example.h"

#include <fmt/format.h>

namespace muster::manifests {
namespace {

/// The documents of a file as text: each with the comments above it.
std::vector<std::string_view> documents_of(std::string_view file) {
  constexpr std::string_view separator = "\n---\n";
  std::vector<std::string_view> documents;
  for (std::size_t end = file.find(separator); end != std::string_view::npos; end = file.find(separator)) {
    documents.push_back(file.substr(0, end + 1));
    file.remove_prefix(end + separator.size());
  }
  documents.push_back(file);
  return documents;
}

}  // namespace

std::string example_manifest(std::string_view kind) {
  const std::string line = fmt::format("\nkind: {}\n", kind);
  for (const std::string_view file : example_files()) {
    for (const std::string_view document : documents_of(file)) {
      if (document.find(line) != std::string_view::npos) return std::string(document);
    }
  }
  return {};
}

}  // namespace muster::manifests
