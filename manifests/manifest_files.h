#pragma once

// Which files a list of paths means.

#include <cstddef>
#include <string>
#include <vector>

#include "resources/contract/diagnostic.h"

namespace muster::manifests {

struct ManifestFiles {
  std::vector<std::string> paths;  ///< sorted; each file once, however often the paths and symbolic links reach it
  std::vector<Diagnostic> diagnostics;
};

/// Files as they are; directories with every *.yaml and *.yml below them. Hidden entries are skipped, and so are
/// clouds.yaml and the secure.yaml beside it. Symbolic links are followed and loops of them end.
ManifestFiles find_manifest_files(const std::vector<std::string>& paths, std::size_t most_files);

}  // namespace muster::manifests
