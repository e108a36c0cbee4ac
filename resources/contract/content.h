#pragma once

// Files and directories that a manifest names and that are sent whole: a deployment's image and package.

#include <cstdint>
#include <string>

#include "resources/contract/file_digests.h"

namespace muster {

/// What Type::content decodes to: {path, directory, size, sha256}.
struct Content {
  std::string path;  ///< absolute
  bool is_directory = false;
  std::int64_t size = 0;  ///< bytes of the file, or of the directory as it is packed
  std::string sha256;     ///< of the same, 64 hex digits
};

/// Reads all of it, but for a file that `digests` knows. Throws Error(invalid), the message being the end of a
/// sentence: "does not exist".
Content read_content(const std::string& path, FileDigests& digests);

/// One tar (POSIX ustar, pax where a name needs it) of what `directory` holds, which is the same bytes on every
/// machine: sorted by name, of nobody, from 1970, files 0755 when their owner may execute them and else 0644. Links
/// stay links. Throws Error(invalid) as read_content: for what is neither file, directory nor link, and above 256 MiB.
std::string pack_directory(const std::string& directory);

}  // namespace muster
