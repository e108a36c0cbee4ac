#pragma once

// Digests of large files that were read before: one that did not change is not read whole again.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace muster {

/// What the file system tells of a file, and the digest that its bytes had then.
struct FileDigest {
  std::string path;  ///< absolute
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;  ///< Unix nanoseconds
  std::int64_t changed = 0;   ///< the same; nobody can set it (inode(7), st_ctim)
  std::string sha256;         ///< 64 hex digits

  bool operator==(const FileDigest&) const = default;
};

class FileDigests {
 public:
  using Known = std::function<std::vector<FileDigest>()>;

  /// `known` is called once, before the first large file is read.
  explicit FileDigests(Known known = {});

  /// Of the whole file, as SHA-256; nothing when it cannot be read. What is below 4 MiB is always read; what is not is
  /// read unless its state is a known one. A file that was changed in the last seconds, or while it was read, is not
  /// remembered: within the clock tick of a file system another change may leave the same state (Git's index calls
  /// that racily clean).
  std::optional<std::string> of(const std::string& path);

  /// What was read and may be known the next time.
  const std::vector<FileDigest>& learnt() const { return learnt_; }

 private:
  std::optional<std::string> known(FileDigest file);

  Known load_;
  std::optional<std::vector<FileDigest>> known_;
  std::vector<FileDigest> learnt_;
};

}  // namespace muster
