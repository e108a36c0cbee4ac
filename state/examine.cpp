#include "state/examine.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include "state/access.h"
#include "state/schema.h"
#include "state/schema_text.h"
#include "state/sqlite.h"

namespace muster::state {
namespace {

namespace fs = std::filesystem;

std::string user_name(uid_t user) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : std::to_string(user);
}

/// Locks and shared memory of SQLite's log do not work across machines.
std::string network_of(const fs::path& directory) {
  constexpr long cifs = 0xFF534D42;
  constexpr long smb2 = 0xFE534D42;
  constexpr long ceph = 0x00C36400;
  static const std::map<long, std::string> networks{
      {NFS_SUPER_MAGIC, "NFS"}, {SMB_SUPER_MAGIC, "SMB"}, {cifs, "SMB"},     {smb2, "SMB"},
      {AFS_SUPER_MAGIC, "AFS"}, {ceph, "Ceph"},           {V9FS_MAGIC, "9p"}};
  struct statfs status {};
  if (::statfs(directory.c_str(), &status) != 0) return {};
  const auto found = networks.find(static_cast<long>(status.f_type) & 0xFFFFFFFFL);
  return found == networks.end() ? std::string() : found->second;
}

/// Rows of one column; throws nothing: the words of a failure go to `problem`.
class Reader {
 public:
  explicit Reader(const fs::path& path) {
    const int code = open_for_reading(path, handle_);
    if (code != SQLITE_OK) problem = sqlite3_errstr(code);
    sqlite3_busy_timeout(handle_.get(), 2000);
  }

  std::string first(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    const int prepared = sqlite3_prepare_v2(handle_.get(), sql, -1, &statement, nullptr);
    const std::unique_ptr<sqlite3_stmt, FinalizeStatement> owned(statement);
    const int code = prepared == SQLITE_OK ? sqlite3_step(statement) : prepared;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
      problem = sqlite3_errmsg(handle_.get());
      is_no_database = is_no_database || (code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT;
    }
    if (code != SQLITE_ROW) return {};
    const unsigned char* text = sqlite3_column_text(statement, 0);
    return text == nullptr ? "" : reinterpret_cast<const char*>(text);
  }

  std::string problem;
  bool is_no_database = false;

 private:
  std::unique_ptr<sqlite3, CloseDatabase> handle_;
};

void read_content(const fs::path& path, DatabaseFacts& facts) {
  Reader reader(path);
  const std::string application = reader.first("PRAGMA application_id");
  facts.schema = std::atoll(reader.first("PRAGMA user_version").c_str());
  const std::string tables = reader.first("SELECT count(*) FROM sqlite_master");
  if (!reader.problem.empty()) {
    facts.unreadable = reader.problem;
    facts.is_no_database = reader.is_no_database;
    return;
  }
  const bool is_empty = application == "0" && tables == "0";
  facts.is_foreign = !is_empty && application != std::to_string(schema_application_id);
  if (facts.is_foreign) return;
  const std::string verdict = reader.first("PRAGMA integrity_check(3)");
  if (verdict != "ok") facts.damage = verdict.empty() ? reader.problem : verdict;
  if (!is_empty) facts.fleet_uid = reader.first("SELECT uid FROM fleet");
  if (facts.damage.empty()) facts.damage = reader.problem;
}

}  // namespace

std::int64_t current_schema() { return schema_version; }
std::string sqlite_version() { return sqlite3_libversion(); }

DatabaseFacts examine_database(const fs::path& path) {
  DatabaseFacts facts;
  std::error_code fault;
  const fs::path directory = standing_directory(path);
  const fs::space_info space = fs::space(directory, fault);
  if (!fault) facts.free_bytes = space.available;
  facts.network = network_of(directory);
  facts.write_obstacle = write_obstacle(path);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) facts.unreadable = std::strerror(errno);
    return facts;
  }
  facts.exists = true;
  facts.mode = status.st_mode & 07777;
  facts.owner = user_name(status.st_uid);
  facts.is_ours = status.st_uid == ::geteuid();
  facts.bytes = static_cast<std::uintmax_t>(status.st_size);
  const auto log = fs::file_size(path.string() + "-wal", fault);
  if (!fault) facts.bytes += log;
  if (!S_ISREG(status.st_mode)) {
    facts.is_directory = S_ISDIR(status.st_mode);
    facts.unreadable = facts.is_directory ? "it is a directory" : "it is no regular file";
    return facts;
  }
  read_content(path, facts);
  return facts;
}

}  // namespace muster::state
