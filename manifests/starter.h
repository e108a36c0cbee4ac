#pragma once

// What `muster init` writes: a small repository that explains itself.

#include <string>
#include <vector>

#include "resources/contract/context.h"

namespace muster::manifests {

struct StarterFile {
  std::string path;  ///< relative to the new repository
  std::string text;
};

/// 32 hexadecimal digits, never all zero.
std::string random_uid(Random& random);

/// A Fleet, both connections, one Workshop, .gitignore and a README; sorted by path. They load without errors.
/// Precondition: `name` is a DNS label, `uid` comes from random_uid.
std::vector<StarterFile> starter_files(const std::string& name, const std::string& uid);

}  // namespace muster::manifests
