#include "state/memos.h"

#include <functional>

namespace muster::state {

// Names differ far more than kinds.
std::size_t HashResourceId::operator()(const ResourceId& id) const noexcept {
  const std::hash<std::string> hash;
  return hash(id.name) * 31 + hash(id.kind);
}

Memos::Memos(Database& database)
    : database_(database),
      upsert_(database,
              "INSERT OR REPLACE INTO cache_memo (kind, name, wanted, refs, observed) VALUES (?, ?, ?, ?, ?)"),
      delete_(database, "DELETE FROM cache_memo WHERE kind = ? AND name = ?"),
      select_(database, "SELECT kind, name, wanted, refs, observed FROM cache_memo") {}

MemoTable Memos::load() {
  MemoTable table;
  table.reserve(static_cast<std::size_t>(database_.number("SELECT count(*) FROM cache_memo")));
  auto row = select_.use();
  while (row.next()) {
    table.emplace(ResourceId{row.string(0), row.string(1)}, Memo{row.string(2), row.string(3), row.string(4)});
  }
  return table;
}

void Memos::put(const MemoTable& memos) {
  if (memos.empty()) return;
  Transaction transaction(database_);
  for (const auto& [id, memo] : memos) {
    upsert_.use(id.kind, id.name, memo.wanted, memo.refs, memo.observed).run();
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
