#include "ipd/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ipd/schema_text.h"

namespace muster::ipd {
namespace {

using state::Statement;
using state::Transaction;

const state::Contents contents{
    .program = "ipd",
    .name = "database",
    .named_by = "with DATABASE",
    .when_damaged =
        "start ipd again: what was deployed stays as it is. Lost with it are the results and the history, "
        "and uploads that waited",
    .application_id = schema_application_id,
    .version = schema_version,
    .schema = schema_text,
};

constexpr const char* columns =
    "id, project, version, user, exit_codes, image_name, image_digest, image_size, package_digest, phase, state, "
    "exit_code, interruptions, words, accepted_at, started_at, ended_at";

constexpr int longest_history = 1000;  ///< of one project
constexpr int longest_audit = 100'000;

std::string select(const char* rest) { return fmt::format("SELECT {} FROM deployment {}", columns, rest); }

Deployment row_of(const Statement::Use& row) {
  Deployment deployment;
  deployment.id = row.string(0);
  deployment.project = row.string(1);
  deployment.version = row.string(2);
  deployment.user = row.string(3);
  deployment.exit_codes = parse_exit_codes(row.text(4)).value_or(ExitCodes::legacy);
  deployment.content = {row.string(5), row.string(6), row.integer(7), row.string(8)};
  deployment.phase = parse_phase(row.text(9));
  deployment.state = static_cast<State>(row.integer(10));
  if (!row.is_null(11)) deployment.exit_code = static_cast<int>(row.integer(11));
  deployment.interruptions = static_cast<int>(row.integer(12));
  deployment.words = row.string(13);
  deployment.accepted_at = row.time(14);
  deployment.started_at = row.optional_time(15);
  deployment.ended_at = row.optional_time(16);
  return deployment;
}

template <typename... Parameters>
std::vector<Deployment> all_of(state::Database& database, const char* rest, const Parameters&... parameters) {
  Statement statement(database, select(rest));
  auto rows = statement.use(parameters...);
  std::vector<Deployment> found;
  while (rows.next()) found.push_back(row_of(rows));
  return found;
}

template <typename... Parameters>
std::optional<Deployment> one_of(state::Database& database, const char* rest, const Parameters&... parameters) {
  std::vector<Deployment> found = all_of(database, rest, parameters...);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

template <typename... Parameters>
void run(state::Database& database, const char* sql, const Parameters&... parameters) {
  Statement(database, sql).use(parameters...).run();
}

template <typename... Parameters>
std::vector<std::string> texts(state::Database& database, const char* sql, const Parameters&... parameters) {
  Statement statement(database, sql);
  auto rows = statement.use(parameters...);
  std::vector<std::string> found;
  while (rows.next()) found.push_back(rows.string(0));
  return found;
}

void supersede(state::Database& database, const std::string& id, Time now) {
  run(database, "UPDATE deployment SET phase = 'superseded', ended_at = ?2 WHERE id = ?1", id, now);
}

void give_up(state::Database& database, Deployment& deployment, Time now) {
  deployment.phase = Phase::ended;
  deployment.state = State::deploy_failed;
  deployment.words = fmt::format(
      "it ran {} times, and the daemon or the machine ended in the middle of each; it is not run again. "
      "Upload it once more if it is not what ends them",
      deployment.interruptions);
  run(database,
      "UPDATE deployment SET phase = 'ended', state = ?2, interruptions = ?3, words = ?4, ended_at = ?5 WHERE id = ?1",
      deployment.id, static_cast<int>(deployment.state), deployment.interruptions, deployment.words, now);
}

void put_owner(state::Database& database, const std::string& project, const std::string& words) {
  run(database, "INSERT INTO owner VALUES (?, ?) ON CONFLICT DO UPDATE SET words = excluded.words", project, words);
}

}  // namespace

Journal::Journal(const std::filesystem::path& file)
    : database_({.path = file, .contents = &contents}), reading_({.path = file, .contents = &contents}) {}

std::optional<Journal::Accepted> Journal::accept(const Deployment& deployment, const std::string& idempotency_key,
                                                 int longest_queue, const std::optional<std::string>& owner) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  if (!idempotency_key.empty()) {
    const auto same = texts(database_,
                            "SELECT id FROM deployment WHERE project = ? AND idempotency_key = ? AND phase IN "
                            "('waiting', 'running') ORDER BY sequence DESC LIMIT 1",
                            deployment.project, idempotency_key);
    if (!same.empty()) return Accepted{same.front(), {}};
  }
  Accepted accepted{deployment.id, texts(database_, "SELECT id FROM deployment WHERE project = ? AND phase = 'waiting'",
                                         deployment.project)};
  const bool is_full = database_.number("SELECT count(*) FROM deployment WHERE phase = 'waiting'") >= longest_queue;
  if (is_full && accepted.superseded.empty()) return std::nullopt;
  for (const std::string& id : accepted.superseded) supersede(database_, id, deployment.accepted_at);
  run(database_, "INSERT INTO project VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING", deployment.project,
      deployment.accepted_at);
  const Content& content = deployment.content;
  run(database_,
      "INSERT INTO deployment (id, project, version, user, exit_codes, image_name, image_digest, image_size, "
      "package_digest, idempotency_key, phase, state, interruptions, words, output, accepted_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, 0, '', '', ?)",
      deployment.id, deployment.project, deployment.version, deployment.user, to_string(deployment.exit_codes),
      content.image_name, content.image_digest, content.image_size, content.package_digest, idempotency_key,
      deployment.accepted_at);
  if (owner) put_owner(database_, deployment.project, *owner);
  run(database_,
      "DELETE FROM deployment WHERE project = ?1 AND phase NOT IN ('waiting', 'running') AND sequence <= "
      "(SELECT sequence FROM deployment WHERE project = ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2)",
      deployment.project, longest_history);
  transaction.commit();
  return accepted;
}

std::optional<Deployment> Journal::start_next(Time now) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  auto next = one_of(database_,
                     "WHERE phase = 'waiting' AND project NOT IN "
                     "(SELECT project FROM deployment WHERE phase = 'running') ORDER BY sequence DESC LIMIT 1");
  if (!next) return std::nullopt;
  next->phase = Phase::running;
  next->state = State::unpacking;
  next->started_at = now;
  run(database_, "UPDATE deployment SET phase = 'running', state = ?2, started_at = ?3 WHERE id = ?1", next->id,
      static_cast<int>(next->state), now);
  run(database_, "UPDATE project SET start_count = start_count + 1 WHERE name = ?", next->project);
  transaction.commit();
  return next;
}

void Journal::enter(const std::string& id, State state) {
  const std::lock_guard lock(mutex_);
  run(database_, "UPDATE deployment SET state = ?2 WHERE id = ?1", id, static_cast<int>(state));
}

void Journal::end(const std::string& id, const Ending& ending, Time now) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  run(database_,
      "UPDATE deployment SET phase = 'ended', state = ?2, exit_code = ?3, words = ?4, output = ?5, ended_at = ?6 "
      "WHERE id = ?1",
      id, static_cast<int>(ending.state), ending.exit_code, ending.words, ending.output, now);
  if (ending.state == State::success) {
    run(database_,
        "UPDATE project SET processed = processed + (SELECT image_size FROM deployment WHERE id = ?1) "
        "WHERE name = (SELECT project FROM deployment WHERE id = ?1)",
        id);
  }
  run(database_, "DELETE FROM cancelling WHERE id = ?", id);
  transaction.commit();
}

bool Journal::cancel_waiting(const std::string& id, Time now) {
  const std::lock_guard lock(mutex_);
  run(database_, "UPDATE deployment SET phase = 'cancelled', ended_at = ?2 WHERE id = ?1 AND phase = 'waiting'", id,
      now);
  return database_.changed_rows() > 0;
}

bool Journal::begin_cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  run(database_,
      "INSERT INTO cancelling SELECT id FROM deployment WHERE id = ? AND phase = 'running' ON CONFLICT DO NOTHING", id);
  return !texts(database_, "SELECT id FROM cancelling WHERE id = ?", id).empty();
}

void Journal::end_cancelled(const std::string& id, const std::string& output, Time now) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  run(database_, "UPDATE deployment SET phase = 'cancelled', state = 0, output = ?2, ended_at = ?3 WHERE id = ?1", id,
      output, now);
  run(database_, "DELETE FROM cancelling WHERE id = ?", id);
  transaction.commit();
}

std::vector<std::string> Journal::running() {
  const std::lock_guard lock(reading_mutex_);
  return texts(reading_, "SELECT id FROM deployment WHERE phase = 'running'");
}

std::vector<Deployment> Journal::resume_interrupted(int most_interruptions, Time now) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  std::vector<Deployment> interrupted = all_of(database_, "WHERE phase = 'running' ORDER BY sequence");
  const auto cancelling = texts(database_, "SELECT id FROM cancelling");
  for (Deployment& one : interrupted) {
    if (std::find(cancelling.begin(), cancelling.end(), one.id) != cancelling.end()) {
      run(database_, "UPDATE deployment SET phase = 'cancelled', state = 0, ended_at = ?2 WHERE id = ?1", one.id, now);
      one.phase = Phase::cancelled;
      continue;
    }
    ++one.interruptions;
    if (one.interruptions > most_interruptions) {
      give_up(database_, one, now);
      continue;
    }
    run(database_, "UPDATE deployment SET phase = 'waiting', state = 0, interruptions = ?2 WHERE id = ?1", one.id,
        one.interruptions);
    const bool is_newest =
        texts(database_, "SELECT id FROM deployment WHERE project = ? AND phase = 'waiting' ORDER BY sequence DESC",
              one.project)
            .front() == one.id;
    if (!is_newest) supersede(database_, one.id, now);
    one.phase = is_newest ? Phase::waiting : Phase::superseded;
  }
  run(database_, "DELETE FROM cancelling");
  transaction.commit();
  return interrupted;
}

std::optional<Deployment> Journal::find(const std::string& id) {
  const std::lock_guard lock(reading_mutex_);
  return one_of(reading_, "WHERE id = ?", id);
}

std::optional<Deployment> Journal::newest(const std::string& project) {
  const std::lock_guard lock(reading_mutex_);
  return one_of(reading_, "WHERE project = ? ORDER BY sequence DESC LIMIT 1", project);
}

std::optional<Deployment> Journal::last_begun(const std::string& project) {
  const std::lock_guard lock(reading_mutex_);
  return one_of(reading_, "WHERE project = ? AND phase IN ('running', 'ended') ORDER BY sequence DESC LIMIT 1",
                project);
}

std::optional<Deployment> Journal::deployed(const std::string& project) {
  const std::lock_guard lock(reading_mutex_);
  return one_of(reading_, "WHERE project = ? AND phase = 'ended' AND state = 4 ORDER BY sequence DESC LIMIT 1",
                project);
}

/// Of each project only as much is read as is needed: its history may be long.
std::set<std::string> Journal::worth_keeping(int of_each) {
  const std::lock_guard lock(reading_mutex_);
  std::set<std::string> digests;
  const auto keep = [&digests](const std::string& image, const std::string& package) {
    digests.insert(image);
    digests.insert(package);
  };
  Statement newest_first(reading_,
                         "SELECT image_digest, package_digest FROM deployment "
                         "WHERE project = ? AND phase = 'ended' AND state = 4 ORDER BY sequence DESC");
  for (const std::string& name : texts(reading_, "SELECT name FROM project")) {
    std::set<std::pair<std::string, std::string>> releases;
    auto rows = newest_first.use(name);
    while (releases.size() < static_cast<std::size_t>(of_each) && rows.next())
      releases.emplace(rows.string(0), rows.string(1));
    for (const auto& [image, package] : releases) keep(image, package);
  }
  Statement open(reading_, "SELECT image_digest, package_digest FROM deployment WHERE phase IN ('waiting', 'running')");
  auto rows = open.use();
  while (rows.next()) keep(rows.string(0), rows.string(1));
  return digests;
}

std::vector<std::string> Journal::projects_with(const std::string& digest) {
  const std::lock_guard lock(reading_mutex_);
  return texts(reading_, "SELECT DISTINCT project FROM deployment WHERE image_digest = ?1 OR package_digest = ?1",
               digest);
}

std::string Journal::owner(const std::string& project) {
  const std::lock_guard lock(reading_mutex_);
  const auto found = texts(reading_, "SELECT words FROM owner WHERE project = ?", project);
  return found.empty() ? std::string() : found.front();
}

void Journal::set_owner(const std::string& project, const std::string& words) {
  const std::lock_guard lock(mutex_);
  put_owner(database_, project, words);
}

std::vector<Deployment> Journal::history(const std::string& project, int most) {
  const std::lock_guard lock(reading_mutex_);
  if (project.empty()) return all_of(reading_, "ORDER BY sequence DESC LIMIT ?", most);
  return all_of(reading_, "WHERE project = ? ORDER BY sequence DESC LIMIT ?", project, most);
}

std::string Journal::output(const std::string& id) {
  const std::lock_guard lock(reading_mutex_);
  const auto found = texts(reading_, "SELECT output FROM deployment WHERE id = ?", id);
  return found.empty() ? std::string() : found.front();
}

std::vector<std::string> Journal::projects() {
  const std::lock_guard lock(reading_mutex_);
  return texts(reading_, "SELECT name FROM project ORDER BY name");
}

std::optional<ProjectInfo> Journal::project(const std::string& name) {
  const std::lock_guard lock(reading_mutex_);
  Statement statement(reading_, "SELECT first_seen, start_count, processed FROM project WHERE name = ?");
  auto row = statement.use(name);
  if (!row.next()) return std::nullopt;
  return ProjectInfo{row.time(0), row.integer(1), row.integer(2)};
}

Counts Journal::counts() {
  const std::lock_guard lock(reading_mutex_);
  return {reading_.number("SELECT count(*) FROM project"),
          reading_.number("SELECT count(*) FROM deployment WHERE phase = 'waiting'"),
          reading_.number("SELECT count(*) FROM deployment WHERE phase = 'running'"),
          reading_.number("SELECT coalesce(max(sequence), 0) FROM deployment"),
          reading_.number("SELECT coalesce(sum(processed), 0) FROM project")};
}

std::vector<std::string> Journal::open() {
  const std::lock_guard lock(reading_mutex_);
  return texts(reading_, "SELECT id FROM deployment WHERE phase IN ('waiting', 'running')");
}

void Journal::audit(const AuditEntry& entry) {
  const std::lock_guard lock(mutex_);
  run(database_, "INSERT INTO audit (at, user, address, action, subject, outcome) VALUES (?, ?, ?, ?, ?, ?)", entry.at,
      entry.user, entry.address, entry.action, entry.subject, entry.outcome);
  run(database_, "DELETE FROM audit WHERE sequence <= (SELECT max(sequence) FROM audit) - ?", longest_audit);
}

std::vector<AuditEntry> Journal::audited(int most) {
  const std::lock_guard lock(reading_mutex_);
  Statement statement(reading_,
                      "SELECT at, user, address, action, subject, outcome FROM audit ORDER BY sequence DESC LIMIT ?");
  auto rows = statement.use(most);
  std::vector<AuditEntry> found;
  while (rows.next())
    found.push_back({rows.time(0), rows.string(1), rows.string(2), rows.string(3), rows.string(4), rows.string(5)});
  return found;
}

}  // namespace muster::ipd
