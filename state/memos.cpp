#include "state/memos.h"

namespace muster::state {
namespace {

// SQLite's integers have a sign; the bits stay.
std::int64_t to_column(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }

Fingerprint fingerprint_from(const Statement::Use& row) {
  return {static_cast<std::uint64_t>(row.integer(2)), static_cast<std::uint64_t>(row.integer(3))};
}

}  // namespace

Memos::Memos(Database& database)
    : database_(database),
      upsert_(database, "INSERT OR REPLACE INTO cache_memo (kind, name, high, low) VALUES (?, ?, ?, ?)"),
      delete_(database, "DELETE FROM cache_memo WHERE kind = ? AND name = ?"),
      select_(database, "SELECT kind, name, high, low FROM cache_memo") {}

MemoTable Memos::load() {
  MemoTable table;
  table.reserve(static_cast<std::size_t>(database_.number("SELECT count(*) FROM cache_memo")));
  auto row = select_.use();
  while (row.next()) {
    table.emplace(ResourceId{row.string(0), row.string(1)}, fingerprint_from(row));
  }
  return table;
}

void Memos::put(const MemoTable& memos) {
  if (memos.empty()) return;
  Transaction transaction(database_);
  for (const auto& [id, memo] : memos) {
    upsert_.use(id.kind, id.name, to_column(memo.high), to_column(memo.low)).run();
  }
  transaction.commit();
}

void Memos::erase(const std::vector<ResourceId>& ids) {
  if (ids.empty()) return;
  Transaction transaction(database_);
  for (const ResourceId& id : ids) delete_.use(id.kind, id.name).run();
  transaction.commit();
}

}  // namespace muster::state
