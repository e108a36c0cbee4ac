#pragma once

// One file's content, or in words why there is none.

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::manifests {

struct FileText {
  std::string text;
  /// Empty when all went well; else the end of a sentence: "does not exist", "is a directory", "is larger than 1 MiB".
  std::string problem;
};

/// Reads at most `most_bytes`, and regular files only: a pipe would block.
FileText read_file_text(const std::string& path, std::uintmax_t most_bytes);

/// `path` as seen from the directory of `manifest`, unless it is absolute.
std::string beside(const std::string& manifest, const std::string& path);
/// The same, made absolute; a path below the home directory ("~/...") stays as it is.
std::string absolute_beside(const std::string& manifest, const std::string& path);

/// The offset of the first byte that is not valid UTF-8, or npos.
std::size_t find_invalid_utf8(std::string_view text);

/// How many code points `text` has; precondition: valid UTF-8.
std::size_t count_code_points(std::string_view text);

}  // namespace muster::manifests
