#pragma once

// Digests of large files between two runs (resources/contract/file_digests.h).

#include <filesystem>
#include <vector>

#include "resources/contract/file_digests.h"
#include "state/sqlite.h"

namespace muster::state {

/// Those in the state database at `path`. Writes nothing, not even a newer schema. None where there is no database or
/// it cannot be read: whoever opens it tells why, and the files are read instead.
std::vector<FileDigest> known_file_digests(const std::filesystem::path& path);

class FileDigestTable {
 public:
  explicit FileDigestTable(Database& database);

  /// One transaction; none where there is nothing to put. Replaces by path and keeps the newest thousand.
  void put(const std::vector<FileDigest>& digests);

 private:
  Database& database_;
  Statement upsert_, prune_;
};

}  // namespace muster::state
