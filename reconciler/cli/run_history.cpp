// history: what runs did, from the state database alone; of the manifests only whose they are is asked.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "reconciler/cli/handlers.h"
#include "reconciler/cli/values.h"
#include "reconciler/cli/view_history.h"
#include "reconciler/cli/workspace.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"
#include "state/access.h"
#include "state/run_lock.h"
#include "state/store.h"

namespace muster::cli {
namespace {

constexpr std::size_t usual_limit = 20;
/// The start of a process is told in whole seconds since the machine's own, which is rounded as well.
constexpr std::chrono::seconds start_precision{2};

/// Tells runs that go on from those that were killed: the one run there can be holds the lock.
class Ends {
 public:
  explicit Ends(const std::string& fleet_uid) {
    if (!fleet_uid.empty()) holder_ = state::RunLock::holder(fleet_uid);
  }

  RunEnd of(const state::Run& run, state::RunId newest) const {
    if (run.ended) return RunEnd::ended;
    if (!holder_ || run.id != newest) return RunEnd::killed;
    if (!holder_->since) return RunEnd::open;
    // Whoever began after the run did is another one, and has not written its own yet.
    return *holder_->since <= run.started + start_precision ? RunEnd::running : RunEnd::killed;
  }

 private:
  std::optional<state::LockHolder> holder_;
};

class Reader {
 public:
  explicit Reader(state::Database& database) : history_(database), ends_(state::fleet_of(database)) {
    if (const auto newest = history_.runs(1); !newest.empty()) newest_ = newest.front().id;
  }

  state::History& history() { return history_; }
  state::RunId newest() const { return newest_; }
  RunShown shown(const state::Run& run) { return {run, ends_.of(run, newest_), history_.outcomes(run.id)}; }

 private:
  state::History history_;
  Ends ends_;
  state::RunId newest_ = 0;
};

void check_command(const std::string& name) {
  if (name.empty()) return;
  std::vector<std::string> known;
  for (const Command& command : commands()) known.push_back(command.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  const std::string close = did_you_mean(name, known);
  throw Error(Fault::usage, fmt::format("muster has no command '{}'", name),
              close.empty() ? "apply, reconcile and destroy leave runs" : "did you mean '" + close + "'?");
}

state::RunFilter filter_of(const Options& options, Time now) {
  check_command(options.history.command);
  state::RunFilter filter;
  if (!options.history.since.empty()) filter.since = moment_from(options.history.since, "--since", now);
  filter.command = options.history.command;
  filter.failed = options.history.failed;
  filter.limit = options.history.limit.value_or(usual_limit);
  return filter;
}

int show_runs(Invocation& call, Reader& reader) {
  const Time now = call.shell.clock.now();
  state::RunFilter filter = filter_of(call.options, now);
  const std::size_t limit = filter.limit;
  filter.limit = limit + 2;  // one that may be running still, and one to know that there are more
  std::vector<RunShown> runs;
  for (const state::Run& run : reader.history().runs(filter)) {
    RunShown shown = reader.shown(run);
    const bool is_open = shown.end == RunEnd::running || shown.end == RunEnd::open;
    if (filter.failed && is_open) continue;
    runs.push_back(std::move(shown));
  }
  const bool has_more = runs.size() > limit;
  if (has_more) runs.resize(limit);
  if (call.options.json) {
    call.console.out(runs_records(runs));
    return Exit::converged;
  }
  if (runs.empty()) {
    call.console.out(reader.newest() == 0 ? "No run yet: history begins with the first apply.\n"
                                          : "No run fits; muster history shows all.\n");
    return Exit::converged;
  }
  call.console.show(runs_text(runs, now, call.console.out_width()));
  if (has_more) call.console.err(fmt::format("These are the newest {}; --limit N shows more.\n", limit));
  return Exit::converged;
}

int show_run(Invocation& call, Reader& reader, const std::string& word) {
  const state::RunId id = number_from(word, "RUN");
  const auto run = reader.history().find(id);
  if (!run) {
    throw Error(Fault::usage, fmt::format("there is no run {}", id),
                reader.newest() == 0 ? "history begins with the first apply"
                                     : fmt::format("the newest is {}; only the newest 2000 are kept", reader.newest()));
  }
  const RunShown shown = reader.shown(*run);
  std::vector<state::StepRecord> steps = reader.history().steps(id);
  if (call.options.history.failed) {
    std::erase_if(steps, [](const auto& step) { return step.outcome == state::StepOutcome::succeeded; });
  }
  if (call.options.json)
    call.console.out(run_records(shown, steps));
  else
    call.console.show(
        run_text(shown, steps, call.shell.clock.now(), call.console.out_paint(), call.console.out_width()));
  return Exit::converged;
}

/// A host's own things have its name as a part of theirs: my-event/abcde, my-event/abcde/ssh,
/// example.com/abcde.my-event/A.
bool is_named(const ResourceId& id, const std::string& word) {
  if (id.to_string() == word) return true;
  const std::string path = "/" + id.name + "/";
  return path.find("/" + word + "/") != std::string::npos || path.find("/" + word + ".") != std::string::npos;
}

std::vector<ResourceId> meant_by(const std::string& word, Reader& reader) {
  const std::vector<ResourceId> all = reader.history().resources();
  std::vector<ResourceId> meant;
  std::copy_if(all.begin(), all.end(), std::back_inserter(meant),
               [&](const ResourceId& id) { return is_named(id, word); });
  if (!meant.empty()) return meant;
  std::vector<std::string> known;
  for (const ResourceId& id : all) {
    known.push_back(id.to_string());
    known.push_back(id.name.substr(id.name.rfind('/') + 1));
  }
  const std::string close = did_you_mean(word, known);
  throw Error(Fault::usage, fmt::format("no run has touched anything called '{}'", word),
              close.empty() ? "give the number of a run, an id (openstack.server:my-event/abcde) or a host (abcde)"
                            : "did you mean '" + close + "'?");
}

int show_actions(Invocation& call, Reader& reader, const std::string& word) {
  const state::RunFilter filter = filter_of(call.options, call.shell.clock.now());
  std::map<state::RunId, RunShown> runs;
  std::vector<ActionShown> actions;
  for (const ResourceId& id : meant_by(word, reader)) {
    for (state::StepRecord& step : reader.history().steps(id, std::numeric_limits<std::int32_t>::max())) {
      if (filter.failed && step.outcome == state::StepOutcome::succeeded) continue;
      if (filter.since && step.started < *filter.since) continue;
      auto run = runs.find(step.run);
      if (run == runs.end()) {
        const auto found = reader.history().find(step.run);
        if (!found) continue;
        run = runs.emplace(step.run, reader.shown(*found)).first;
      }
      if (!filter.command.empty() && run->second.run.command != filter.command) continue;
      actions.push_back({std::move(step), run->second});
    }
  }
  std::stable_sort(actions.begin(), actions.end(), [](const ActionShown& a, const ActionShown& b) {
    return std::tie(b.step.run, b.step.started) < std::tie(a.step.run, a.step.started);
  });
  const bool has_more = actions.size() > filter.limit;
  if (has_more) actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(filter.limit), actions.end());
  if (call.options.json) {
    call.console.out(actions_records(actions));
    return Exit::converged;
  }
  call.console.show(actions.empty() ? "No action fits.\n" : actions_text(actions, call.console.out_width()));
  if (has_more) call.console.err(fmt::format("These are the newest {}; --limit N shows more.\n", filter.limit));
  return Exit::converged;
}

bool is_run(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

/// Whatever else is wrong with the manifests, their fleet is known when it is written down.
void refuse_other_fleet(Invocation& call, const std::string& path, state::Database& database) {
  const std::string uid = state::fleet_of(database);
  if (uid.empty()) return;
  manifests::Secrets secrets(call.shell.environment, call.redactor);
  const manifests::Fleet fleet =
      manifests::load(manifest_paths(call.options), call.registry, secrets, {.reveal_secrets = false}).fleet;
  if (!fleet.uid.empty())
    state::refuse_other_fleet(uid, {.path = path, .fleet_uid = fleet.uid, .fleet_name = fleet.name});
}

}  // namespace

int run_history(Invocation& call) {
  const std::vector<std::string>& words = call.options.words;
  if (words.size() > 1) {
    throw Error(Fault::usage, fmt::format("muster history takes one name, not '{}' as well", words[1]),
                "the number of a run, the id of a resource, or a host");
  }
  filter_of(call.options, call.shell.clock.now());  // a mistyped filter is told whether there is history or not
  const std::string path = state_path(call.options, call.shell.environment);
  // Opening would make it.
  std::error_code unseen;
  if (!std::filesystem::exists(path, unseen) && !unseen) {
    call.console.err(
        fmt::format("There is no history: no state database at {}; it begins with the first apply.\n", path));
    return Exit::converged;
  }
  state::Database database({.path = path, .in_memory = !state::write_obstacle(path).empty()});
  refuse_other_fleet(call, path, database);
  Reader reader(database);
  if (words.empty()) return show_runs(call, reader);
  return is_run(words.front()) ? show_run(call, reader, words.front()) : show_actions(call, reader, words.front());
}

}  // namespace muster::cli
