#include "state/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "resources/contract/error.h"
#include "state/access.h"
#include "state/schema.h"

namespace muster::state {
namespace {

std::string a_writable_file(const Contents& contents) {
  return fmt::format("name a file that can be written {}", contents.named_by);
}

[[noreturn]] void fail(const Contents& contents, std::string_view path, int code, std::string_view words) {
  const std::string database = fmt::format("{} {}", contents.name, path);
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(Fault::invalid, fmt::format("{} is damaged: {}", database, words),
                  fmt::format("move it away (mv {0} {0}.old) and {1}", path, contents.when_damaged));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(Fault::transient, fmt::format("{} is kept busy by another process: {}", database, words),
                  fmt::format("run again when the other {} has ended", contents.program));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      throw Error(Fault::usage, fmt::format("{} cannot be written: {}", database, words), a_writable_file(contents));
    case SQLITE_FULL:
    case SQLITE_IOERR:
      throw Error(
          Fault::permanent, fmt::format("{}: {}", database, words),
          "make room on that disk (the kernel log tells of one that fails) and run the same again: it goes on where "
          "this one ended");
    default:
      throw Error(Fault::permanent, fmt::format("{}: {} (SQLite code {})", database, words, code));
  }
}

[[noreturn]] void fail(const Contents& contents, sqlite3* handle) {
  const char* path = sqlite3_db_filename(handle, "main");
  fail(contents, path != nullptr ? path : "", sqlite3_extended_errcode(handle), sqlite3_errmsg(handle));
}

[[noreturn]] void fail_with_errno(const Contents& contents, const std::filesystem::path& path, int error) {
  throw Error(Fault::usage,
              fmt::format("{} {} cannot be written: {}", contents.name, path.string(), std::strerror(error)),
              a_writable_file(contents));
}

[[noreturn]] void fail_to_read(const Contents& contents, const std::filesystem::path& path, std::string_view words) {
  throw Error(Fault::usage, fmt::format("{} {} cannot be read: {}", contents.name, path.string(), words),
              fmt::format("run as its owner, or name another file {}", contents.named_by));
}

/// In one read: what others commit meanwhile is in it or not, but never half.
void copy_all(sqlite3* from, sqlite3* to, const DatabaseOptions& options) {
  sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup != nullptr) {
    sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
  }
  // The outcome of all three calls.
  const int code = sqlite3_errcode(to);
  if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY)
    fail_to_read(*options.contents, options.path, sqlite3_errmsg(to));
  if (code != SQLITE_OK) fail(*options.contents, options.path.string(), code, sqlite3_errmsg(to));
}

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

void make_directory(const Contents& contents, const std::filesystem::path& directory) {
  if (std::filesystem::is_directory(directory)) return;
  if (directory.has_parent_path() && directory.parent_path() != directory)
    make_directory(contents, directory.parent_path());
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) fail_with_errno(contents, directory, errno);
}

// An existing file is not opened here: closing it would drop the locks that this process's other connections to it
// hold (POSIX locks belong to the process, not to the descriptor).
void make_private_file(const Contents& contents, const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    return;
  }
  if (errno != EEXIST) fail_with_errno(contents, path, errno);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail_with_errno(contents, path, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(Fault::usage, fmt::format("{} {} is no regular file", contents.name, path.string()),
                a_writable_file(contents));
  }
  if ((status.st_mode & 077) != 0 && ::chmod(path.c_str(), status.st_mode & 0700) != 0) {
    throw Error(Fault::usage,
                fmt::format("{} {} may be read by others, and its mode cannot be changed: {}", contents.name,
                            path.string(), std::strerror(errno)),
                fmt::format("let its owner run chmod 600 {}, or {}", path.string(), a_writable_file(contents)));
  }
}

/// SQLite has no word for the reason: a file system that is mounted for reading alone, say.
void refuse_read_only(const Contents& contents, const std::filesystem::path& path) {
  std::error_code fault;
  const std::string obstacle = std::filesystem::exists(path, fault) ? write_obstacle(path) : std::string();
  if (obstacle.empty()) return;
  throw Error(Fault::usage, fmt::format("{} {} cannot be written: {}", contents.name, path.string(), obstacle),
              a_writable_file(contents));
}

/// Lets one process at a time open a database: turning WAL on fails for good when another one looks at the file.
class OpeningTurn {
 public:
  OpeningTurn(const Contents& contents, const std::filesystem::path& directory)
      : descriptor_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ < 0) fail_with_errno(contents, directory, errno);
    while (::flock(descriptor_, LOCK_EX) != 0) {
      const int error = errno;
      if (error == EINTR) continue;
      ::close(descriptor_);
      fail_with_errno(contents, directory, error);
    }
  }
  ~OpeningTurn() { ::close(descriptor_); }
  OpeningTurn(const OpeningTurn&) = delete;
  OpeningTurn& operator=(const OpeningTurn&) = delete;

 private:
  int descriptor_;
};

void check(const Contents& contents, sqlite3_stmt* statement, int code) {
  if (code != SQLITE_OK) fail(contents, sqlite3_db_handle(statement));
}

}  // namespace

// close_v2 also takes a handle whose statements are finalized later.
void CloseDatabase::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void FinalizeStatement::operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }

Database::Database(const DatabaseOptions& options) : contents_(*options.contents) {
  if (options.in_memory) {
    open_copy(options);
    return;
  }
  refuse_read_only(contents_, options.path);
  make_directory(contents_, directory_of(options.path));
  const OpeningTurn turn(contents_, directory_of(options.path));
  make_private_file(contents_, options.path);
  open(options);
  execute(options.durability == Durability::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  bring_schema_up_to_date(*this, contents_, options.path);
}

void Database::open_copy(const DatabaseOptions& options) {
  std::unique_ptr<sqlite3, CloseDatabase> source;
  std::error_code fault;
  const bool exists = std::filesystem::exists(options.path, fault);
  if (fault) fail_to_read(contents_, options.path, fault.message());
  if (exists) {
    const int code = open_for_reading(options.path, source);
    if (code != SQLITE_OK) fail_to_read(contents_, options.path, sqlite3_errstr(code));
    sqlite3_busy_timeout(source.get(), static_cast<int>(options.busy_timeout.count()));
  }
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(contents_, "in memory", code, sqlite3_errstr(code));
  if (source) copy_all(source.get(), handle, options);
  bring_schema_up_to_date(*this, contents_, options.path);
}

void Database::open(const DatabaseOptions& options) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(options.path.c_str(), &handle,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(contents_, options.path.string(), code, sqlite3_errstr(code));
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(contents_, handle());
}

std::int64_t Database::number(const std::string& sql) {
  Statement statement(*this, sql);
  auto row = statement.use();
  return row.next() ? row.integer(0) : 0;
}

std::int64_t Database::last_inserted_id() const { return sqlite3_last_insert_rowid(handle()); }
std::int64_t Database::changed_rows() const { return sqlite3_changes64(handle()); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

Statement::Statement(Database& database, std::string_view sql) : contents_(&database.contents()) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(*contents_, database.handle());
}

// What reset returns is the failure of the last step, which was thrown already.
Statement::Use::~Use() { sqlite3_reset(handle_); }

void Statement::Use::bind(std::string_view text) {
  // A null pointer would bind NULL instead of the empty text.
  const char* begin = text.data() != nullptr ? text.data() : "";
  check(*contents_, handle_,
        sqlite3_bind_text(handle_, ++bound_, begin, static_cast<int>(text.size()), SQLITE_TRANSIENT));
}

void Statement::Use::bind(std::int64_t number) {
  check(*contents_, handle_, sqlite3_bind_int64(handle_, ++bound_, number));
}

void Statement::Use::bind(std::nullptr_t) { check(*contents_, handle_, sqlite3_bind_null(handle_, ++bound_)); }

bool Statement::Use::next() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(*contents_, sqlite3_db_handle(handle_));
  return false;
}

void Statement::Use::run() {
  while (next()) {
  }
}

bool Statement::Use::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
std::int64_t Statement::Use::integer(int column) const { return sqlite3_column_int64(handle_, column); }

std::optional<Time> Statement::Use::optional_time(int column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

std::string_view Statement::Use::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

Transaction::Transaction(Database& database, Kind kind) : database_(database), nested_(database.in_transaction()) {
  if (nested_) {
    database_.execute("SAVEPOINT nested");
  } else {
    database_.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
  }
}

// SQLite has rolled back by itself after some failures (a full disk); then there is nothing to undo.
Transaction::~Transaction() {
  if (!open_ || !database_.in_transaction()) return;
  sqlite3_exec(database_.handle(), nested_ ? "ROLLBACK TO nested; RELEASE nested" : "ROLLBACK", nullptr, nullptr,
               nullptr);
}

void Transaction::commit() {
  database_.execute(nested_ ? "RELEASE nested" : "COMMIT");
  open_ = false;
}

}  // namespace muster::state
