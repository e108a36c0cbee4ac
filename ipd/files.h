#pragma once

// What lies in the upload directory, and whose it is.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace muster::ipd {

/// Names by the deployment's id, so that no two deployments share a file. All of it is the daemon's; files of other
/// names are never touched.
class Files {
 public:
  explicit Files(std::filesystem::path directory) : directory_(std::move(directory)) {}

  const std::filesystem::path& directory() const { return directory_; }
  /// Of its disk, for users that are not root; 0 when it does not tell.
  std::int64_t free_bytes() const;
  /// Being received; not accepted yet.
  std::filesystem::path arriving_image(const std::string& id) const { return directory_ / ("arriving.image." + id); }
  std::filesystem::path arriving_package(const std::string& id) const { return directory_ / ("arriving.tar." + id); }
  /// Accepted; both stay until the deployment has ended, so that an interrupted one can be run again.
  std::filesystem::path image(const std::string& id) const { return directory_ / ("image." + id); }
  std::filesystem::path package(const std::string& id) const { return directory_ / ("package.tar." + id); }
  /// Where the package is unpacked and its script runs; made anew for each run.
  std::filesystem::path folder(const std::string& project, const std::string& id) const {
    return directory_ / (project + "-" + id);
  }
  std::filesystem::path output(const std::string& id) const { return directory_ / ("output." + id); }

  /// All of one deployment. Gives what could not be removed and why, a line each.
  std::vector<std::string> remove(const std::string& project, const std::string& id) const;
  /// What a run left. Gives as remove().
  std::vector<std::string> remove_folder(const std::string& project, const std::string& id) const;
  /// At the start, where there is no room for the database to begin with: the folders of all runs, and what was being
  /// received. Gives as remove().
  std::vector<std::string> make_room() const;
  /// At the start: all of deployments that are not among `open`. Gives as remove().
  std::vector<std::string> remove_left_over(const std::vector<std::string>& open) const;

 private:
  std::filesystem::path directory_;
};

/// Throws Error(usage) unless files can be made in `directory`.
void check_directory(const std::filesystem::path& directory);

}  // namespace muster::ipd
