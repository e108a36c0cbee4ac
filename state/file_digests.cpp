#include "state/file_digests.h"

#include <sqlite3.h>

#include <memory>

#include "state/access.h"
#include "state/schema_text.h"

namespace muster::state {
namespace {

using Handle = std::unique_ptr<sqlite3, CloseDatabase>;
using Query = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// SQLite's integers have a sign; the bits stay.
std::int64_t column_of(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }

Query prepare(const Handle& handle, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(handle.get(), sql, -1, &statement, nullptr);
  return Query(statement);
}

std::string text_at(const Query& row, int column) {
  const unsigned char* text = sqlite3_column_text(row.get(), column);
  return text == nullptr ? std::string() : reinterpret_cast<const char*>(text);
}

/// The table is what this version makes.
bool is_current(const Handle& handle) {
  const auto holds = [&](const char* sql, std::int64_t wanted) {
    const Query query = prepare(handle, sql);
    return sqlite3_step(query.get()) == SQLITE_ROW && sqlite3_column_int64(query.get(), 0) == wanted;
  };
  return holds("PRAGMA application_id", schema_application_id) && holds("PRAGMA user_version", schema_version);
}

}  // namespace

std::vector<FileDigest> known_file_digests(const std::filesystem::path& path) {
  std::error_code unseen;
  Handle handle;
  if (!std::filesystem::is_regular_file(path, unseen) || open_for_reading(path, handle) != SQLITE_OK) return {};
  sqlite3_busy_timeout(handle.get(), 2000);
  if (!is_current(handle)) return {};
  const Query query =
      prepare(handle, "SELECT path, device, inode, size, modified, changed, sha256 FROM cache_file_digest");
  std::vector<FileDigest> digests;
  while (sqlite3_step(query.get()) == SQLITE_ROW) {
    const auto number = [&](int column) { return sqlite3_column_int64(query.get(), column); };
    digests.push_back({text_at(query, 0), static_cast<std::uint64_t>(number(1)), static_cast<std::uint64_t>(number(2)),
                       number(3), number(4), number(5), text_at(query, 6)});
  }
  return digests;
}

FileDigestTable::FileDigestTable(Database& database)
    : database_(database),
      upsert_(database,
              "INSERT OR REPLACE INTO cache_file_digest (path, device, inode, size, modified, changed, sha256) "
              "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      prune_(database,
             "DELETE FROM cache_file_digest WHERE rowid <= "
             "(SELECT rowid FROM cache_file_digest ORDER BY rowid DESC LIMIT 1 OFFSET 1000)") {}

void FileDigestTable::put(const std::vector<FileDigest>& digests) {
  if (digests.empty()) return;
  Transaction transaction(database_);
  for (const FileDigest& file : digests) {
    upsert_
        .use(file.path, column_of(file.device), column_of(file.inode), file.size, file.modified, file.changed,
             file.sha256)
        .run();
  }
  prune_.use().run();
  transaction.commit();
}

}  // namespace muster::state
