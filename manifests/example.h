#pragma once

// The example manifests that stand beside the kinds (*.example.yaml), which the build puts into the program.

#include <string>
#include <string_view>
#include <vector>

namespace muster::manifests {

/// The example of a kind of manifest, comments and all, with a final newline; empty when there is none.
std::string example_manifest(std::string_view kind);

/// The texts of all example files; generated.
const std::vector<std::string_view>& example_files();

}  // namespace muster::manifests
