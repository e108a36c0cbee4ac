#pragma once

// Images and packages of deployments that ended well, so that they can be deployed again without being sent.

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <vector>

namespace muster::ipd {

/// Files of the upload directory called by what they hold, "kept.SHA256": hard links, so that keeping copies nothing.
/// Thread-safe.
class Kept {
 public:
  explicit Kept(std::filesystem::path directory) : directory_(std::move(directory)) {}

  std::filesystem::path file(const std::string& digest) const { return directory_ / ("kept." + digest); }
  /// `source` under the name of its digest. Gives what stood against it, a line; nothing else is lost then.
  std::vector<std::string> keep(const std::filesystem::path& source, const std::string& digest) const;
  /// The same file at `to`, which must not be there. False when it is not kept, or is not what it was: a script may
  /// have written to it, and then it is kept no longer. Reads all of it.
  bool take(const std::string& digest, const std::filesystem::path& to) const;
  /// Scripts of other deployments may have been handed the same file, and have written to it.
  static bool was_shared(const std::filesystem::path& taken);
  /// Removes those that were of use longest ago, until so many bytes of the disk are free again; those that are in use
  /// stay, and all do where they would not be enough. False: they were not.
  bool give_up(std::int64_t bytes) const;
  /// Removes all others. Gives what could not be removed and why, a line each.
  std::vector<std::string> keep_only(const std::set<std::string>& digests) const;

 private:
  std::vector<std::filesystem::path> all(std::error_code& unread) const;

  std::filesystem::path directory_;
};

}  // namespace muster::ipd
