#include "state/applied.h"

#include "state/words.h"

namespace muster::state {
namespace {

Applied applied_in(const Statement::Use& row) {
  return {.id = {row.string(0), row.string(1)}, .fields = string_map_from(row.text(2)), .at = row.time(3)};
}

}  // namespace

AppliedFields::AppliedFields(Database& database)
    : database_(database),
      upsert_(database, "INSERT OR REPLACE INTO cache_applied (kind, name, fields, at) VALUES (?, ?, ?, ?)"),
      delete_(database, "DELETE FROM cache_applied WHERE kind = ? AND name = ?"),
      find_(database, "SELECT kind, name, fields, at FROM cache_applied WHERE kind = ? AND name = ?"),
      select_ids_(database, "SELECT kind, name FROM cache_applied") {}

void AppliedFields::put(const Applied& applied) {
  upsert_.use(applied.id.kind, applied.id.name, strings_text(applied.fields), applied.at).run();
}

void AppliedFields::erase(const ResourceId& id) { delete_.use(id.kind, id.name).run(); }

std::optional<Applied> AppliedFields::find(const ResourceId& id) {
  auto row = find_.use(id.kind, id.name);
  if (!row.next()) return std::nullopt;
  return applied_in(row);
}

std::unordered_set<ResourceId, HashResourceId> AppliedFields::ids() {
  std::unordered_set<ResourceId, HashResourceId> all;
  all.reserve(static_cast<std::size_t>(database_.number("SELECT count(*) FROM cache_applied")));
  auto rows = select_ids_.use();
  while (rows.next()) all.insert({rows.string(0), rows.string(1)});
  return all;
}

}  // namespace muster::state
