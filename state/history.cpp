#include "state/history.h"

#include "state/words.h"

namespace muster::state {
namespace {

Run read_run(const Statement::Use& row) {
  Run run{.id = row.integer(0),
          .command = row.string(1),
          .who = row.string(2),
          .revision = row.string(3),
          .started = row.time(4),
          .ended = row.optional_time(5),
          .exit_code = std::nullopt,
          .summary = row.string(7)};
  if (!row.is_null(6)) run.exit_code = static_cast<int>(row.integer(6));
  return run;
}

std::vector<StepRecord> read_steps(Statement::Use& row) {
  std::vector<StepRecord> steps;
  while (row.next()) {
    steps.push_back({.run = row.integer(0),
                     .resource = {row.string(1), row.string(2)},
                     .verb = verb_from(row.text(3)),
                     .outcome = step_outcome_from(row.text(4)),
                     .started = row.time(5),
                     .duration = std::chrono::milliseconds(row.integer(6)),
                     .message = row.string(7),
                     .request_ids = string_list_from(row.text(8))});
  }
  return steps;
}

}  // namespace

History::History(Database& database)
    : database_(database),
      begin_(database, "INSERT INTO run (command, who, revision, started, summary) VALUES (?, ?, ?, ?, ?)"),
      end_(database, "UPDATE run SET ended = ?, exit_code = ?, summary = ? WHERE id = ?"),
      add_(database,
           "INSERT INTO step (run, kind, name, verb, outcome, started, duration, message, request_ids) "
           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      runs_(database,
            "SELECT id, command, who, revision, started, ended, exit_code, summary FROM run ORDER BY id DESC LIMIT ?"),
      filtered_runs_(database,
                     "SELECT id, command, who, revision, started, ended, exit_code, summary FROM run "
                     "WHERE started >= ?1 AND (?2 = '' OR command = ?2) AND (NOT ?3 OR exit_code IS NOT 0) "
                     "ORDER BY id DESC LIMIT ?4"),
      find_(database, "SELECT id, command, who, revision, started, ended, exit_code, summary FROM run WHERE id = ?"),
      steps_of_run_(database,
                    "SELECT run, kind, name, verb, outcome, started, duration, message, request_ids FROM step "
                    "WHERE run = ? ORDER BY id"),
      steps_of_resource_(database,
                         "SELECT run, kind, name, verb, outcome, started, duration, message, request_ids FROM step "
                         "WHERE kind = ? AND name = ? ORDER BY id DESC LIMIT ?"),
      outcomes_(database,
                "SELECT outcome, count(DISTINCT CASE verb WHEN 'flush' THEN NULL ELSE verb || ' ' || kind || ' ' || "
                "name END) "
                "FROM step WHERE run = ? GROUP BY outcome"),
      resources_(database, "SELECT DISTINCT kind, name FROM step ORDER BY kind, name"),
      prune_steps_(database, "DELETE FROM step WHERE run NOT IN (SELECT id FROM run ORDER BY id DESC LIMIT ?)"),
      prune_runs_(database, "DELETE FROM run WHERE id NOT IN (SELECT id FROM run ORDER BY id DESC LIMIT ?)") {}

RunId History::begin(const Run& run) {
  begin_.use(run.command, run.who, run.revision, run.started, run.summary).run();
  return database_.last_inserted_id();
}

void History::end(RunId id, Time ended, int exit_code, std::string_view summary) {
  end_.use(ended, exit_code, summary, id).run();
}

void History::add(const StepRecord& step) {
  add_.use(step.run, step.resource.kind, step.resource.name, to_string(step.verb), to_string(step.outcome),
           step.started, std::int64_t{step.duration.count()}, step.message, strings_text(step.request_ids))
      .run();
}

std::vector<Run> History::runs(std::size_t limit) {
  std::vector<Run> runs;
  auto rows = runs_.use(static_cast<std::int64_t>(limit));
  while (rows.next()) runs.push_back(read_run(rows));
  return runs;
}

std::vector<Run> History::runs(const RunFilter& filter) {
  std::vector<Run> runs;
  auto rows = filtered_runs_.use(filter.since.value_or(Time{}), filter.command, filter.failed,
                                 static_cast<std::int64_t>(filter.limit));
  while (rows.next()) runs.push_back(read_run(rows));
  return runs;
}

std::optional<Run> History::find(RunId id) {
  auto row = find_.use(id);
  if (!row.next()) return std::nullopt;
  return read_run(row);
}

std::vector<StepRecord> History::steps(RunId run) {
  auto rows = steps_of_run_.use(run);
  return read_steps(rows);
}

std::vector<StepRecord> History::steps(const ResourceId& resource, std::size_t limit) {
  auto rows = steps_of_resource_.use(resource.kind, resource.name, static_cast<std::int64_t>(limit));
  return read_steps(rows);
}

std::map<StepOutcome, std::size_t> History::outcomes(RunId run) {
  std::map<StepOutcome, std::size_t> counts;
  auto rows = outcomes_.use(run);
  while (rows.next()) counts[step_outcome_from(rows.text(0))] = static_cast<std::size_t>(rows.integer(1));
  return counts;
}

std::vector<ResourceId> History::resources() {
  std::vector<ResourceId> ids;
  auto rows = resources_.use();
  while (rows.next()) ids.push_back({rows.string(0), rows.string(1)});
  return ids;
}

void History::prune(std::size_t keep) {
  Transaction transaction(database_);
  prune_steps_.use(static_cast<std::int64_t>(keep)).run();
  prune_runs_.use(static_cast<std::int64_t>(keep)).run();
  transaction.commit();
}

}  // namespace muster::state
