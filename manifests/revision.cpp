#include <charconv>
#include <filesystem>

#include "manifests/load.h"
#include "manifests/subprocess.h"

namespace muster::manifests {

Revision revision_of(const std::string& path) {
  std::error_code error;
  std::filesystem::path folder = path;
  if (!std::filesystem::is_directory(folder, error)) folder = folder.parent_path();
  if (folder.empty()) folder = ".";
  // Plumbing, so that no user's configuration changes what it prints: "1700000000 3f2a91c0ffee".
  // The folder decides which repository it is, whoever owns that and whatever hook this runs in: manifests are trusted
  // with commands anyhow.
  const auto result = run_subprocess({"env",
                                      "-u",
                                      "GIT_DIR",
                                      "-u",
                                      "GIT_WORK_TREE",
                                      "-u",
                                      "GIT_COMMON_DIR",
                                      "-u",
                                      "GIT_NAMESPACE",
                                      "git",
                                      "-c",
                                      "safe.directory=*",
                                      "-C",
                                      folder.string(),
                                      "rev-list",
                                      "--max-count=1",
                                      "--timestamp",
                                      "--abbrev-commit",
                                      "--abbrev=12",
                                      "HEAD"},
                                     std::chrono::seconds(10));
  if (!result.succeeded()) return {};
  Revision revision;
  const char* end = result.output.data() + result.output.size();
  const auto [after, failed] = std::from_chars(result.output.data(), end, revision.time);
  if (failed != std::errc() || after == end || *after != ' ') return {};
  revision.id.assign(after + 1, end);
  while (!revision.id.empty() && revision.id.back() == '\n') revision.id.pop_back();
  return revision;
}

}  // namespace muster::manifests
