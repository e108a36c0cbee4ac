#include "state/access.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

namespace muster::state {
namespace {

namespace fs = std::filesystem;

std::string obstacle_to(const fs::path& path, int rights) {
  if (::faccessat(AT_FDCWD, path.c_str(), rights, AT_EACCESS) == 0) return {};
  return std::strerror(errno);
}

int open(const std::string& name, int flags, std::unique_ptr<sqlite3, CloseDatabase>& handle) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  handle.reset(opened);
  return code;
}

/// https://www.sqlite.org/uri.html: of what a path may hold only these three mean something in it.
std::string uri_of(const fs::path& path) {
  std::string uri = "file:";
  for (const char letter : fs::absolute(path).string()) {
    if (std::string_view("%?#").find(letter) == std::string_view::npos)
      uri += letter;
    else
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
  return uri + "?immutable=1";
}

}  // namespace

fs::path standing_directory(const fs::path& path) {
  std::error_code ignored;
  fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  while (!fs::is_directory(directory, ignored) && directory.has_parent_path() && directory.parent_path() != directory)
    directory = directory.parent_path();
  return fs::is_directory(directory, ignored) ? directory : fs::path(".");
}

std::string write_obstacle(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) return {};
    if (std::string words = obstacle_to(path, R_OK | W_OK); !words.empty()) return words;
  }
  // Its log is made and removed beside it.
  const fs::path directory = standing_directory(path);
  const std::string words = obstacle_to(directory, W_OK | X_OK);
  return words.empty() ? words : fmt::format("directory {}: {}", directory.string(), words);
}

std::string room_obstacle(const fs::path& path) {
  constexpr std::uintmax_t least = 1u << 20;
  std::error_code fault;
  const fs::space_info space = fs::space(standing_directory(path), fault);
  const bool has_room = fault || space.capacity == 0 || space.available >= least;  // /proc has no capacity
  return has_room ? std::string() : std::string(std::strerror(ENOSPC));
}

int open_for_reading(const fs::path& path, std::unique_ptr<sqlite3, CloseDatabase>& handle) {
  const int code = open(path.string(), SQLITE_OPEN_READONLY, handle);
  if (code != SQLITE_OK) return code;
  const int first_read = sqlite3_exec(handle.get(), "PRAGMA user_version", nullptr, nullptr, nullptr);
  const int reason = first_read & 0xff;
  if (reason != SQLITE_CANTOPEN && reason != SQLITE_READONLY) return SQLITE_OK;
  // A log that cannot be joined holds commits that would be missing.
  std::error_code fault;
  const auto log = fs::file_size(path.string() + "-wal", fault);
  if (!fault && log > 0) return first_read;
  return open(uri_of(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, handle);
}

}  // namespace muster::state
