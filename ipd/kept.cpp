#include "ipd/kept.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <tuple>

#include "resources/contract/digest.h"

namespace muster::ipd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "kept.";

/// Of a file, not of its names: it stays when all others of these are gone. For files it means nothing else on Linux
/// (inode(7)).
constexpr fs::perms shared_mark = fs::perms::sticky_bit;

/// Empty for a name that is none of ours.
std::string digest_in(const std::string& name) {
  if (!name.starts_with(prefix)) return {};
  std::string digest = name.substr(prefix.size());
  return is_digest(digest) ? digest : std::string();
}

}  // namespace

std::vector<std::string> Kept::keep(const fs::path& source, const std::string& digest) const {
  std::error_code fault;
  // First: whoever finds it kept, finds it marked.
  fs::permissions(source, shared_mark, fs::perm_options::add, fault);
  if (!fault) fs::create_hard_link(source, file(digest), fault);
  if (fault && fault != std::errc::file_exists)
    return {fmt::format("cannot keep {} for later: {}", source.string(), fault.message())};
  fs::last_write_time(file(digest), fs::file_time_type::clock::now(), fault);  // the last of use goes last
  return {};
}

bool Kept::take(const std::string& digest, const fs::path& to) const {
  if (!is_digest(digest)) return false;
  std::error_code fault;
  fs::create_hard_link(file(digest), to, fault);
  if (fault) return false;
  fs::permissions(to, shared_mark, fs::perm_options::add, fault);
  if (digest_of_file(to) == digest) return true;
  fs::remove(to, fault);
  fs::remove(file(digest), fault);
  return false;
}

bool Kept::was_shared(const fs::path& taken) {
  std::error_code fault;
  const fs::file_status status = fs::status(taken, fault);
  return fault || (status.permissions() & shared_mark) != fs::perms::none;
}

std::vector<fs::path> Kept::all(std::error_code& unread) const {
  std::vector<fs::path> found;
  for (fs::directory_iterator at(directory_, unread), end; !unread && at != end; at.increment(unread))
    if (!digest_in(at->path().filename().string()).empty()) found.push_back(at->path());
  return found;
}

bool Kept::give_up(std::int64_t bytes) const {
  std::error_code fault;
  std::vector<std::tuple<fs::file_time_type, fs::path, std::int64_t>> oldest_first;
  std::int64_t all_together = 0;
  for (const fs::path& path : all(fault)) {
    if (fs::hard_link_count(path, fault) != 1) continue;  // somebody uses it: nothing would come free
    const auto size = static_cast<std::int64_t>(fs::file_size(path, fault));
    if (fault) continue;
    oldest_first.emplace_back(fs::last_write_time(path, fault), path, size);
    all_together += size;
  }
  if (all_together < bytes) return false;
  std::sort(oldest_first.begin(), oldest_first.end());
  for (const auto& [used, path, size] : oldest_first) {
    if (bytes <= 0) break;
    if (fs::remove(path, fault)) bytes -= size;
  }
  return true;
}

std::vector<std::string> Kept::keep_only(const std::set<std::string>& digests) const {
  std::error_code unread;
  const std::vector<fs::path> found = all(unread);
  std::vector<std::string> complaints;
  if (unread) complaints.push_back(fmt::format("cannot read {}: {}", directory_.string(), unread.message()));
  for (const fs::path& path : found) {
    if (digests.contains(digest_in(path.filename().string()))) continue;
    std::error_code fault;
    fs::remove(path, fault);
    if (fault) complaints.push_back(fmt::format("cannot remove {}: {}", path.string(), fault.message()));
  }
  return complaints;
}

}  // namespace muster::ipd
