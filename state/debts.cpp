#include "state/debts.h"

namespace muster::state {

Debts::Debts(Database& database)
    : database_(database),
      add_(database,
           "INSERT INTO debt (connection, kind, name, since, writes) VALUES (?, ?, ?, ?, 1) "
           "ON CONFLICT DO UPDATE SET writes = writes + 1"),
      settle_(database, "DELETE FROM debt WHERE connection = ? AND kind = ? AND name = ? AND since = ? AND writes = ?"),
      select_(database, "SELECT connection, kind, name, since, writes FROM debt ORDER BY connection, kind, name") {}

void Debts::add(std::string_view connection, const ResourceId& target, Time now) {
  add_.use(connection, target.kind, target.name, now).run();
}

bool Debts::settle(const Debt& debt) {
  settle_.use(debt.connection, debt.target.kind, debt.target.name, debt.since, debt.writes).run();
  return database_.changed_rows() == 1;
}

std::vector<Debt> Debts::list() {
  std::vector<Debt> debts;
  auto row = select_.use();
  while (row.next()) {
    debts.push_back({.connection = row.string(0),
                     .target = {row.string(1), row.string(2)},
                     .since = row.time(3),
                     .writes = row.integer(4)});
  }
  return debts;
}

}  // namespace muster::state
