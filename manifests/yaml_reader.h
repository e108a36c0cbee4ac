#pragma once

// YAML text -> documents. The only place that knows the YAML library.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "manifests/node.h"
#include "resources/contract/diagnostic.h"

namespace muster::manifests {

struct YamlFile {
  std::vector<Document> documents;  ///< without empty ones; those before a syntax error are complete
  std::vector<Diagnostic> diagnostics;
};

/// Refused, each at its place: text that is not UTF-8, control characters, syntax errors, tabs in indentation,
/// duplicate keys, keys that are no text, merge keys (`<<`), tags, and documents that expand to more than `most_nodes`
/// nodes or nest deeper than 100. Anchors and aliases work within a document.
YamlFile read_yaml(const std::string& file, std::string_view text, std::size_t most_nodes);

}  // namespace muster::manifests
