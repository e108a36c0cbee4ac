#include "state/intents.h"

#include <fmt/format.h>

#include "resources/contract/error.h"
#include "state/words.h"

namespace muster::state {
namespace {

/// Runs an update that returns one number of the intent it changed.
std::int64_t update_one(Statement::Use& use, IntentId id) {
  if (!use.next()) throw Error(Fault::permanent, fmt::format("there is no open intent {}", id));
  const std::int64_t number = use.integer(0);
  use.run();
  return number;
}

Incarnation incarnation_from(std::string_view text) {
  const auto incarnation = parse_incarnation(text);
  if (!incarnation) throw Error(Fault::invalid, fmt::format("an open intent has \"{}\" as its incarnation", text));
  return *incarnation;
}

}  // namespace

Intents::Intents(Database& database)
    : insert_(database,
              "INSERT INTO intent (kind, name, verb, incarnation, connection, backend_id, wanted_digest, run, "
              "opened_at, state, unclear_since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"),
      unclear_(database,
               "UPDATE intent SET state = ?, unclear_since = coalesce(unclear_since, ?) WHERE id = ? RETURNING id"),
      delete_(database, "DELETE FROM intent WHERE id = ?"),
      select_(database,
              "SELECT id, kind, name, verb, incarnation, connection, backend_id, wanted_digest, run, opened_at, state, "
              "unclear_since FROM intent ORDER BY id") {}

IntentId Intents::open(const Intent& intent) {
  auto use = insert_.use(intent.resource.kind, intent.resource.name, to_string(intent.verb),
                         intent.incarnation.to_string(), intent.connection, intent.backend_id, intent.wanted_digest,
                         intent.run, intent.opened_at, to_string(intent.state), intent.unclear_since);
  return update_one(use, intent.id);
}

void Intents::mark_unclear(IntentId id, Time since) {
  auto use = unclear_.use(to_string(IntentState::unclear), since, id);
  update_one(use, id);
}

void Intents::close(IntentId id) { delete_.use(id).run(); }

std::vector<Intent> Intents::list() {
  std::vector<Intent> intents;
  auto row = select_.use();
  while (row.next()) {
    intents.push_back({.id = row.integer(0),
                       .resource = {row.string(1), row.string(2)},
                       .verb = verb_from(row.text(3)),
                       .incarnation = incarnation_from(row.text(4)),
                       .connection = row.string(5),
                       .backend_id = row.string(6),
                       .wanted_digest = row.string(7),
                       .run = row.integer(8),
                       .opened_at = row.time(9),
                       .state = intent_state_from(row.text(10)),
                       .unclear_since = row.optional_time(11)});
  }
  return intents;
}

}  // namespace muster::state
