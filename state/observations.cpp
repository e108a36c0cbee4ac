#include "state/observations.h"

#include <fmt/format.h>

#include <utility>

#include "resources/contract/error.h"
#include "state/words.h"

namespace muster::state {
namespace {

constexpr const char* row_columns =
    "name, backend_id, ownership, stamp, attributes, condition, since, created, evidence, digest, is_foreign, "
    "ever_ready";

std::string select_rows(std::string_view condition) {
  return fmt::format(
      "SELECT {} FROM cache_observation WHERE scope = ? AND gone = 0 {} ORDER BY name, backend_id, is_foreign",
      row_columns, condition);
}

CachedObservation observation_in(const Statement::Use& row, const Scope& scope) {
  CachedObservation cached;
  Observed& observed = cached.observed;
  observed.id = {scope.kind, row.string(0)};
  observed.connection = scope.connection;
  observed.backend_id = row.string(1);
  observed.ownership = ownership_from(row.text(2));
  if (!row.is_null(3)) observed.stamp = stamp_from(row.text(3));
  observed.attributes = value_from_json(row.text(4));
  observed.condition = condition_from(row.text(5));
  observed.since = row.time(6);
  observed.created = row.time(7);
  observed.evidence = row.string(8);
  cached.digest = row.string(9);
  cached.foreign = row.integer(10) != 0;
  observed.ever_ready = row.integer(11) != 0;
  return cached;
}

Scope scope_of(const Observed& observed) { return {observed.connection, observed.id.kind}; }

/// No name and no backend id holds a NUL byte.
std::string mark_key(std::string_view name, std::string_view backend_id, bool foreign) {
  std::string key;
  key.reserve(name.size() + backend_id.size() + 2);
  key.append(name).append(1, '\0').append(backend_id).append(1, foreign ? '\1' : '\0');
  return key;
}

void require_kind(const Scope& scope, const Observed& observed) {
  if (observed.id.kind == scope.kind) return;
  throw Error(Fault::permanent,
              fmt::format("the driver of {} gave an object of another kind: {}", scope.kind, observed.id.to_string()));
}

}  // namespace

/// What a row says of itself, without its body.
struct Observations::Mark {
  std::string name;
  std::string backend_id;
  bool foreign = false;
  std::string digest;
  Time since{};
  bool gone = false;
  std::int64_t written = 0;
  bool seen = false;

  void add_to(Marks& marks) && {
    std::string key = mark_key(name, backend_id, foreign);
    marks.emplace(std::move(key), std::move(*this));
  }
  static void add_rows(Statement::Use& rows, Marks& marks) {
    while (rows.next()) {
      Mark{rows.string(0), rows.string(1),       rows.integer(2) != 0, rows.string(3),
           rows.time(4),   rows.integer(5) != 0, rows.integer(6)}
          .add_to(marks);
    }
  }
};

std::string observation_digest(const Observed& observed) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    text.append(std::to_string(part.size())).append(1, ':').append(part);
  };
  add(observed.id.to_string());
  add(observed.connection);
  add(observed.backend_id);
  add(to_string(observed.ownership));
  add(observed.stamp ? stamp_text(*observed.stamp) : std::string());
  add(to_canonical_json(observed.attributes));
  add(to_string(observed.condition));
  add(std::to_string(observed.created.time_since_epoch().count()));
  add(observed.evidence);
  add(observed.ever_ready ? "ever ready" : "");
  return digest_bytes(text).substr(0, 32);
}

Observations::Observations(Database& database)
    : database_(database),
      select_sequence_(database, "SELECT value FROM cache_sequence"),
      advance_sequence_(database, "UPDATE cache_sequence SET value = value + 1"),
      add_scope_(database, "INSERT INTO cache_scope (connection, kind) VALUES (?, ?) ON CONFLICT DO NOTHING"),
      select_scope_(database, "SELECT id, began, ended FROM cache_scope WHERE connection = ? AND kind = ?"),
      finish_scope_(
          database,
          "UPDATE cache_scope SET complete = ?, why_incomplete = ?, began = ?, ended = ?, login = ?, asked = ?, "
          "place = ? WHERE id = ?"),
      select_scopes_(
          database,
          "SELECT connection, kind, complete, why_incomplete, began, ended, login, asked, place FROM cache_scope "
          "ORDER BY connection, kind"),
      select_scopes_of_kind_(database, "SELECT id, connection FROM cache_scope WHERE kind = ? ORDER BY connection"),
      delete_scope_(database, "DELETE FROM cache_scope WHERE id = ?"),
      delete_rows_(database, "DELETE FROM cache_observation WHERE scope = ?"),
      upsert_(database, fmt::format("INSERT OR REPLACE INTO cache_observation (scope, {}, gone, written) "
                                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                    row_columns)),
      delete_row_(database,
                  "DELETE FROM cache_observation WHERE scope = ? AND name = ? AND backend_id = ? AND is_foreign = ?"),
      select_marks_(database,
                    "SELECT name, backend_id, is_foreign, digest, since, gone, written FROM cache_observation "
                    "WHERE scope = ?"),
      select_rows_(database, select_rows("")),
      select_rows_of_name_(database, select_rows("AND name = ?")) {}

ReadTicket Observations::begin_read(Time now, std::string login) {
  auto row = select_sequence_.use();
  return {row.next() ? row.integer(0) : 0, now, std::move(login), {}, {}};
}

bool Observations::replace_scope(const Scope& scope, const Observation& read, const ReadTicket& ticket, Time ended) {
  Transaction transaction(database_);
  const std::int64_t number = scope_number(scope);
  if (is_superseded(number, ticket, ended)) return false;
  for (const auto* objects : {&read.objects, &read.foreign}) {
    for (const Observed& object : *objects) require_kind(scope, object);
  }
  Marks marks;
  {
    auto rows = select_marks_.use(number);
    Mark::add_rows(rows, marks);
  }
  merge(number, std::move(marks), read, ticket);
  finish_scope_
      .use(read.complete, read.why_incomplete, ticket.began, ended, ticket.login, ticket.asked, ticket.place, number)
      .run();
  transaction.commit();
  return true;
}

void Observations::put(const Observed& observed) { write_own(observed, Presence::here); }
void Observations::erase(const Observed& observed) { write_own(observed, Presence::gone); }

std::vector<CachedObservation> Observations::load(const Scope& scope) {
  std::int64_t number = 0;
  {
    auto found = select_scope_.use(scope.connection, scope.kind);
    if (!found.next()) return {};
    number = found.integer(0);
  }
  std::vector<CachedObservation> all;
  auto rows = select_rows_.use(number);
  while (rows.next()) all.push_back(observation_in(rows, scope));
  return all;
}

std::vector<CachedObservation> Observations::load(const ResourceId& id) {
  std::vector<CachedObservation> all;
  auto scopes = select_scopes_of_kind_.use(id.kind);
  while (scopes.next()) {
    const Scope scope{scopes.string(1), id.kind};
    auto rows = select_rows_of_name_.use(scopes.integer(0), id.name);
    while (rows.next()) all.push_back(observation_in(rows, scope));
  }
  return all;
}

std::vector<ScopeState> Observations::scopes() {
  std::vector<ScopeState> states;
  auto rows = select_scopes_.use();
  while (rows.next()) {
    if (rows.is_null(4)) continue;
    states.push_back({.scope = {rows.string(0), rows.string(1)},
                      .complete = rows.integer(2) != 0,
                      .why_incomplete = rows.string(3),
                      .began = rows.time(4),
                      .ended = rows.time(5),
                      .login = rows.string(6),
                      .asked = rows.string(7),
                      .place = rows.string(8)});
  }
  return states;
}

void Observations::forget(const Scope& scope) {
  Transaction transaction(database_);
  const std::int64_t number = scope_number(scope);
  delete_rows_.use(number).run();
  delete_scope_.use(number).run();
  transaction.commit();
}

std::int64_t Observations::scope_number(const Scope& scope) {
  add_scope_.use(scope.connection, scope.kind).run();
  auto row = select_scope_.use(scope.connection, scope.kind);
  return row.next() ? row.integer(0) : 0;
}

std::int64_t Observations::next_sequence() {
  advance_sequence_.use().run();
  auto row = select_sequence_.use();
  return row.next() ? row.integer(0) : 0;
}

bool Observations::is_superseded(std::int64_t scope, const ReadTicket& ticket, Time ended) {
  Statement select(database_, "SELECT began, ended FROM cache_scope WHERE id = ?");
  auto row = select.use(scope);
  if (!row.next() || row.is_null(0)) return false;
  // A stored read that ended after this one cannot have been stored before it, unless the clock was set back since.
  return row.time(0) > ticket.began && row.time(1) <= ended;
}

void Observations::merge(std::int64_t scope, Marks marks, const Observation& read, const ReadTicket& ticket) {
  for (const Observed& object : read.objects) merge_object(scope, marks, object, false, ticket);
  for (const Observed& object : read.foreign) merge_object(scope, marks, object, true, ticket);
  if (!read.complete) return;
  for (const auto& [key, mark] : marks) {
    if (mark.seen || mark.written > ticket.sequence) continue;
    delete_row_.use(scope, mark.name, mark.backend_id, mark.foreign).run();
  }
}

void Observations::merge_object(std::int64_t scope, Marks& marks, const Observed& object, bool foreign,
                                const ReadTicket& ticket) {
  const std::string digest = observation_digest(object);
  const auto found = marks.find(mark_key(object.id.name, object.backend_id, foreign));
  if (found != marks.end()) {
    Mark& mark = found->second;
    mark.seen = true;
    if (mark.written > ticket.sequence) return;
    if (!mark.gone && mark.digest == digest && mark.since == object.since) return;
  }
  write(scope, object, foreign, Presence::here, ticket.sequence, digest);
}

void Observations::write_own(const Observed& observed, Presence presence) {
  Transaction transaction(database_);
  const std::int64_t scope = scope_number(scope_of(observed));
  delete_row_.use(scope, observed.id.name, observed.backend_id, true).run();
  write(scope, observed, false, presence, next_sequence(), observation_digest(observed));
  transaction.commit();
}

void Observations::write(std::int64_t scope, const Observed& observed, bool foreign, Presence presence,
                         std::int64_t sequence, const std::string& digest) {
  std::optional<std::string> stamp;
  if (observed.stamp) stamp = stamp_text(*observed.stamp);
  upsert_
      .use(scope, observed.id.name, observed.backend_id, to_string(observed.ownership), stamp,
           to_canonical_json(observed.attributes), to_string(observed.condition), observed.since, observed.created,
           observed.evidence, digest, foreign, observed.ever_ready, presence == Presence::gone, sequence)
      .run();
}

}  // namespace muster::state
