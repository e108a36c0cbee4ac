#pragma once

// What a directory holds already, before files are added to it.

#include <string>
#include <string_view>

namespace muster::manifests {

/// Whether a manifest of `kind` is among those that `load` would read from `directory`, sound or not. What cannot be
/// read counts as none: loading tells of it.
bool has_manifest_of(const std::string& directory, std::string_view kind);

}  // namespace muster::manifests
