#include "reconciler/cli/workspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "manifests/unread_secrets.h"
#include "reconciler/cli/console_logger.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_error.h"
#include "reconciler/plan/digests.h"
#include "reconciler/plan/season.h"
#include "state/access.h"
#include "state/budget.h"
#include "state/file_digests.h"

namespace muster::cli {
plan::FleetFacts facts_of(const manifests::Load& load) {
  plan::FleetFacts facts;
  facts.name = load.fleet.name;
  facts.uid = load.fleet.uid;
  facts.revision = load.revision;
  facts.guard = {load.fleet.guard.common.count, load.fleet.guard.common.percent};
  for (const auto& [kind, limit] : load.fleet.guard.kinds) facts.guard_by_kind[kind] = {limit.count, limit.percent};
  return facts;
}

namespace {

/// On a terminal, what goes on while nothing else is shown yet, and what that waits for.
class Notice {
 public:
  Notice(Console& console, const std::string& text, ProgressNotes* notes = nullptr) : console_(console), notes_(notes) {
    console_.draw({text});
    if (notes_ == nullptr) return;
    notes_->listen([this, text](std::string_view note) {
      console_.draw({note.empty() ? text : fmt::format("{} {}", text, note)});
    });
  }
  ~Notice() {
    if (notes_ != nullptr) notes_->listen({});
    console_.clear();
  }
  Notice(const Notice&) = delete;
  Notice& operator=(const Notice&) = delete;

 private:
  Console& console_;
  ProgressNotes* notes_;
};

manifests::Load load_manifests(Invocation& call, manifests::Secrets& secrets, FileDigests& digests, Reveal reveal,
                               Time now, std::function<bool(const manifests::Fleet&)> go_on) {
  const Notice notice(call.console, "reading the manifests ...");
  return manifests::load(manifest_paths(call.options), call.registry, secrets,
                         {.reveal_secrets = reveal != Reveal::none,
                          .secrets_may_lack = reveal == Reveal::what_can_be,
                          .now = reveal == Reveal::needed ? std::optional(now) : std::nullopt,
                          .digests = &digests,
                          .go_on = std::move(go_on)});
}

/// Loading is not told the time by every command, so what is over is told here.
void warn_of_expired(manifests::Load& load, Time now) {
  std::map<std::string, Time> expired;
  for (const Resource& resource : load.resources) {
    const auto& until = resource.lifecycle.until;
    if (until && *until <= now) expired.emplace(resource.group, *until);
  }
  for (const Manifest& manifest : load.manifests) {
    const auto found = expired.find(manifest.key());
    if (found == expired.end()) continue;
    load.diagnostics.push_back(
        {Severity::warning, manifest.where("spec.expires"),
         fmt::format("{} is over; its hosts and names are to go since {}", manifest.key(), minute_text(found->second)),
         "remove the manifest once they are gone, or set `extend` if it goes on"});
  }
  sort_diagnostics(load.diagnostics);
}

}  // namespace

std::vector<std::string> manifest_paths(const Options& options) {
  return options.paths.empty() ? std::vector<std::string>{"."} : options.paths;
}

bool names_single_files(const Options& options) {
  return std::any_of(options.paths.begin(), options.paths.end(),
                     [](const std::string& path) { return !std::filesystem::is_directory(path); });
}

std::string state_path(const Options& options, const Environment& environment) {
  if (!options.state.empty()) return options.state;
  if (const auto set = environment.get("MUSTER_STATE")) return *set;
  const std::filesystem::path first = manifest_paths(options).front();
  const std::filesystem::path directory = std::filesystem::is_directory(first) ? first : first.parent_path();
  return (directory / ".muster" / "state.db").string();
}

struct Workspace::Engines {
  Engines(Invocation& call, const manifests::Load& load, manifests::Secrets& secrets, ProgressNotes& notes,
          CallCounter& calls, Access access, const std::filesystem::path& database, bool in_memory)
      : logger(call.console, call.options.verbose),
        store({database, load.fleet.uid, load.fleet.name, in_memory}),
        budget(in_memory ? std::filesystem::path() : store.path(), call.shell.clock),
        context{call.shell.clock, call.shell.random, call.shell.stop,        logger, notes, calls,
                budget,           call.redactor,     call.shell.environment, access},
        engine(call.registry, {facts_of(load), load.resources, load.manifests}, store, secrets, context,
               call.shell.who) {}

  ConsoleLogger logger;
  state::Store store;
  state::DatabaseBudget budget;
  Context context;
  apply::Engine engine;
};

Workspace::Workspace(Invocation& call, Reveal reveal, std::optional<Time> at,
                     std::function<bool(const manifests::Fleet&)> go_on, Warnings warnings)
    : call_(call),
      began_(call.shell.clock.now()),
      at_(at.value_or(began_)),
      secrets_(call.shell.environment, call.redactor),
      digests_([&call] { return state::known_file_digests(state_path(call.options, call.shell.environment)); }),
      load_(load_manifests(call, secrets_, digests_, reveal, at_, std::move(go_on))),
      places_(call.registry, load_.manifests) {
  if (load_.is_broken_off) return;
  warn_of_expired(load_, began_);
  if (warnings == Warnings::at_once || !ok()) tell_warnings_now();
}

void Workspace::tell_warnings_now() {
  if (call_.options.json)
    call_.console.out(diagnostic_records(load_.diagnostics));
  else
    call_.console.err(diagnostics_text(load_.diagnostics, call_.console.err_paint()));
}

Workspace::~Workspace() = default;

void Workspace::tell_not_compared() { tell_warnings(manifests::warnings_of(load_.unread)); }

/// What is not there is not compared, and what is over only goes.
void Workspace::tell_not_compared(const apply::Prepared& prepared) {
  if (load_.unread.empty() || prepared.goal == plan::Goal::destroy) return;
  std::set<std::string> standing;
  for (const Resource& resource : load_.resources) {
    const bool is_early = plan::season_of(resource, at_) == plan::Season::early;
    if (!is_early || !plan::lacks_secret(resource.wanted)) continue;
    const auto [first, last] = prepared.snapshot.objects.equal_range(resource.id);
    const bool is_ours =
        std::any_of(first, last, [](const auto& entry) { return entry.second.ownership == Ownership::ours; });
    if (is_ours) standing.insert(resource.group);
  }
  std::vector<manifests::UnreadSecret> unread = load_.unread;
  std::erase_if(unread, [&](const manifests::UnreadSecret& secret) { return !standing.contains(secret.manifest); });
  tell_warnings(manifests::warnings_of(std::move(unread)));
}

void Workspace::tell_warnings(const std::vector<Diagnostic>& warnings) {
  if (call_.options.json)
    call_.console.out(diagnostic_records(warnings));
  else
    call_.console.err(diagnostics_text(warnings, call_.console.err_paint()));
}

void Workspace::open(Access access) { open(access, state_path(call_.options, call_.shell.environment)); }

void Workspace::open(Access access, const std::filesystem::path& database) {
  std::string obstacle;
  if (access == Access::read) obstacle = state::write_obstacle(database);
  if (access == Access::read && obstacle.empty()) obstacle = state::room_obstacle(database);
  engines_ = std::make_unique<Engines>(call_, load_, secrets_, notes_, calls_, access, database, !obstacle.empty());
  engines_->store.file_digests().put(digests_.learnt());
  if (obstacle.empty()) return;
  const std::string note =
      fmt::format("note: state database {} cannot be written ({}); what is read now is not remembered",
                  database.string(), obstacle);
  call_.console.err(hanging(note, 4) + "\n");
}

state::Store& Workspace::store() { return engines_->store; }

Context& Workspace::context() { return engines_->context; }

apply::Prepared Workspace::prepare(const apply::PassOptions& options) {
  const Notice notice(call_.console, "reading what there is ...", &notes_);
  return engines_->engine.prepare(options);
}

apply::PreparedAdoption Workspace::prepare_adoption(const std::optional<std::vector<ResourceId>>& only) {
  return engines_->engine.prepare_adoption(only);
}

std::vector<Diagnostic> Workspace::rehearse(const apply::Prepared& prepared) {
  return engines_->engine.rehearse(prepared);
}

apply::Report Workspace::apply(const apply::Prepared& prepared, const std::string& command, apply::EventSink& events) {
  return engines_->engine.apply(prepared, command, events);
}

std::optional<Time> Workspace::cached_at(const apply::Prepared& prepared) const {
  std::optional<Time> oldest;
  for (const auto& [scope, state] : prepared.snapshot.scopes) {
    if (state.complete && state.read_at < began_) oldest = std::min(oldest.value_or(state.read_at), state.read_at);
  }
  return oldest;
}

std::optional<state::LockHolder> Workspace::run_at_work() const {
  return load_.fleet.uid.empty() ? std::nullopt : state::RunLock::holder(load_.fleet.uid, call_.shell.machine);
}

PlanShown Workspace::shown(const apply::Prepared& prepared) const {
  return {prepared,
          load_.fleet.name,
          call_.shell.clock.now(),
          calls_.totals(),
          cached_at(prepared),
          call_.options.shows_all(),
          {},
          {},
          &places_};
}

}  // namespace muster::cli
