#pragma once

// Writing a repository where there is none yet: nothing that exists is ever touched.

#include <filesystem>
#include <string>
#include <vector>

#include "manifests/starter.h"

namespace muster::cli {

/// Throws Error(usage) naming every file that stands in the way, with `hint`, before anything is written. Returns the
/// paths that were written, in order. Throws Error(permanent) when the system refuses.
std::vector<std::string> write_new_files(const std::filesystem::path& directory,
                                         const std::vector<manifests::StarterFile>& files, const std::string& hint);

}  // namespace muster::cli
