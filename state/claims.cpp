#include "state/claims.h"

namespace muster::state {
namespace {

Claim claim_in(const Statement::Use& row) {
  return {.id = {row.string(0), row.string(1)},
          .connection = row.string(2),
          .backend_id = row.string(3),
          .claimed_at = row.time(4),
          .evidence = row.string(5)};
}

}  // namespace

Claims::Claims(Database& database)
    : upsert_(database,
              "INSERT OR REPLACE INTO claim (kind, name, connection, backend_id, claimed_at, evidence) "
              "VALUES (?, ?, ?, ?, ?, ?)"),
      delete_(database, "DELETE FROM claim WHERE kind = ? AND name = ? AND connection = ?"),
      find_(database,
            "SELECT kind, name, connection, backend_id, claimed_at, evidence FROM claim "
            "WHERE kind = ? AND name = ? AND connection = ?"),
      select_(database,
              "SELECT kind, name, connection, backend_id, claimed_at, evidence FROM claim "
              "ORDER BY kind, name, connection") {}

void Claims::put(const Claim& claim) {
  upsert_.use(claim.id.kind, claim.id.name, claim.connection, claim.backend_id, claim.claimed_at, claim.evidence).run();
}

void Claims::erase(const ResourceId& id, std::string_view connection) {
  delete_.use(id.kind, id.name, connection).run();
}

std::optional<Claim> Claims::find(const ResourceId& id, std::string_view connection) {
  auto row = find_.use(id.kind, id.name, connection);
  if (!row.next()) return std::nullopt;
  return claim_in(row);
}

std::vector<Claim> Claims::list() {
  std::vector<Claim> claims;
  auto rows = select_.use();
  while (rows.next()) claims.push_back(claim_in(rows));
  return claims;
}

}  // namespace muster::state
