#pragma once

// Commits of manifests, for tests of machines that have different ones.

#include <filesystem>
#include <string>
#include <vector>

#include "manifests/subprocess.h"
#include "tests/support/catch.h"

namespace muster::test {

inline void git(const std::filesystem::path& directory, const std::vector<std::string>& words) {
  std::vector<std::string> line{
      "git", "-C", directory.string(), "-c", "user.name=tester", "-c", "user.email=tester@example.com"};
  line.insert(line.end(), words.begin(), words.end());
  const auto result = manifests::run_subprocess(line, std::chrono::seconds(20));
  INFO(result.describe());
  REQUIRE(result.succeeded());
}

/// Everything there, as of `minute` of a certain hour: which commit is newer does not hang on how fast a test is.
inline void commit(const std::filesystem::path& directory, int minute) {
  const std::string date = "2026-01-01T12:" + std::to_string(minute) + ":00Z";
  git(directory, {"add", "-A", ":!.muster"});
  // The committer's date has no option of its own.
  const auto result = manifests::run_subprocess(
      {"env", "GIT_COMMITTER_DATE=" + date, "git", "-C", directory.string(), "-c", "user.name=tester", "-c",
       "user.email=tester@example.com", "commit", "-q", "-m", "as of " + date, "--date", date},
      std::chrono::seconds(20));
  INFO(result.describe());
  REQUIRE(result.succeeded());
}

}  // namespace muster::test
