#pragma once

// What `muster init` writes: a small repository that explains itself.

#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/context.h"

namespace muster::manifests {

struct StarterFile {
  std::string path;  ///< relative to the new repository
  std::string text;
};

/// 32 hexadecimal digits, never all zero.
std::string random_uid(Random& random);

/// A whole Fleet manifest, behind which further fields of its spec may stand. Precondition: both are YAML scalars.
std::string fleet_head(std::string_view name, std::string_view uid);

/// A Fleet, both connections, one Workshop, .gitignore, a README and the schema that editors check them with; sorted by
/// path. They load without errors.
/// Precondition: `name` is a DNS label, `uid` comes from random_uid, `schema` from schema_json.
std::vector<StarterFile> starter_files(const std::string& name, const std::string& uid, const std::string& schema);

}  // namespace muster::manifests
