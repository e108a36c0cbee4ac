#pragma once

// A file or directory that is sent whole, as a manifest names it.

#include <optional>
#include <string>
#include <vector>

#include "manifests/node.h"

namespace muster::manifests {

struct ContentReference {
  std::string path;                  ///< absolute
  std::vector<std::string> command;  ///< that makes it; empty: it is there
  std::string directory;             ///< the manifest's own, where the command runs
};

/// A path, or {command: [PROGRAM, ARGUMENT...], output: PATH}, relative to the manifest. Nothing for what is neither.
std::optional<ContentReference> referred_content(const Node& node);

/// Runs the command, if there is one, up to half an hour. Throws Error(invalid) when it fails.
void make_content(const ContentReference& content);

}  // namespace muster::manifests
