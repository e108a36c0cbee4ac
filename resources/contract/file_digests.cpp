#include "resources/contract/file_digests.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "resources/contract/digest.h"

namespace muster {
namespace {

constexpr std::int64_t smallest_remembered = std::int64_t{4} << 20;
/// Coarser than the clock of any file system one builds images on; FAT's has two seconds.
constexpr std::chrono::nanoseconds settled_after = std::chrono::seconds(3);

std::int64_t nanoseconds_of(const timespec& time) {
  constexpr std::int64_t per_second = 1'000'000'000;
  return time.tv_sec * per_second + time.tv_nsec;
}

std::optional<FileDigest> state_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileDigest{
      path, found.st_dev, found.st_ino, found.st_size, nanoseconds_of(found.st_mtim), nanoseconds_of(found.st_ctim),
      {}};
}

/// By the machine's own clock, as the file system's times are.
bool is_settled(const FileDigest& file) {
  const auto now = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch());
  return std::max(file.modified, file.changed) < (now - settled_after).count();
}

}  // namespace

FileDigests::FileDigests(Known known) : load_(std::move(known)) {}

std::optional<std::string> FileDigests::known(FileDigest file) {
  if (!known_) known_ = load_ ? load_() : std::vector<FileDigest>();
  const auto found =
      std::find_if(known_->begin(), known_->end(), [&](const FileDigest& one) { return one.path == file.path; });
  if (found == known_->end()) return std::nullopt;
  file.sha256 = found->sha256;
  return *found == file ? std::optional(found->sha256) : std::nullopt;
}

std::optional<std::string> FileDigests::of(const std::string& path) {
  auto before = state_of(path);
  const bool is_large = before && before->size >= smallest_remembered;
  if (auto digest = is_large ? known(*before) : std::nullopt) return digest;
  const bool was_settled = is_large && is_settled(*before);
  std::string digest = digest_of_file(path);
  if (digest.empty()) return std::nullopt;
  if (was_settled) {
    before->sha256 = digest;
    auto after = state_of(path);
    if (after) after->sha256 = digest;
    if (after == before) learnt_.push_back(*std::move(before));
  }
  return digest;
}

}  // namespace muster
