#include "reconciler/apply/reconcile.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reconciler/apply/examine.h"
#include "reconciler/apply/memory.h"
#include "reconciler/apply/observe.h"
#include "reconciler/plan/digests.h"
#include "reconciler/plan/refs.h"

namespace muster::apply {
namespace {

/// What exists answers at once, or it is not up: an adoption does not wait for a boot.
constexpr std::chrono::seconds longest_look{30};

/// Flushes are told where they are all there is, or did not end well.
std::string summary_of(const plan::Plan& plan, const Report& report) {
  const auto changes = tally(plan, report);
  std::map<StepState, std::size_t> flushes;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const StepState state = report.results[i].state;
    const bool is_told = changes.empty() || state == StepState::failed;
    if (plan.steps[i].verb == Verb::flush && is_told) ++flushes[state];
  }
  std::string text;
  for (const auto& [state, count] : changes) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(state));
  }
  for (const auto& [state, count] : flushes) {
    text +=
        fmt::format("{}{} {} {}", text.empty() ? "" : ", ", count, count == 1 ? "flush" : "flushes", to_string(state));
  }
  return text.empty() ? "nothing to do" : text;
}

/// What a replacement takes away before it creates, or in a roll one of those that went before it; nothing when old and
/// new exist side by side for a while. `told`: those that made room for another one.
const Observed* removed_first(const plan::Plan& plan, const plan::Step& step, std::set<std::size_t>& told) {
  for (std::size_t need : step.needs) {
    const plan::Step& needed = plan.steps[need];
    if (needed.id == step.id && needed.half == plan::Half::remove_old && needed.object) return &*needed.object;
  }
  for (std::size_t earlier : step.after) {
    const plan::Step& gone = plan.steps[earlier];
    const bool makes_room = gone.half == plan::Half::remove_old && gone.object && gone.connection == step.connection;
    if (makes_room && told.insert(earlier).second) return &*gone.object;
  }
  return nullptr;
}

/// A destroy that leaves protected things behind has not destroyed everything.
bool leaves_something(const Prepared& prepared) {
  return prepared.goal == plan::Goal::destroy && !prepared.plan.held.empty();
}

Context only_reading(Context context) {
  context.access = Access::read;
  return context;
}

bool has_errors(const Prepared& prepared) {
  return muster::has_errors(prepared.plan.problems) || muster::has_errors(prepared.preflight);
}

}  // namespace

class Engine::Parts {
 public:
  Parts(const Registry& registry, Wanted wanted, state::Store& store, SecretReader& secrets, Context& context,
        std::string who)
      : registry_(registry),
        wanted_(std::move(wanted)),
        catalog_(wanted_.manifests),
        store_(store),
        secrets_(secrets),
        context_(only_reading(context)),
        writing_(context),
        who_(std::move(who)),
        sessions_(registry, catalog_, secrets, context_) {}

  Prepared prepare(const PassOptions& options);
  PreparedAdoption prepare_adoption(const std::optional<std::vector<ResourceId>>& only);
  std::vector<Diagnostic> rehearse(const Prepared& prepared);
  Report apply(const Prepared& prepared, const std::string& command, EventSink& events);

 private:
  using Writes = std::map<plan::Scope, std::vector<PlannedWrite>>;

  std::vector<std::string> connections() const;
  void make_plan(Prepared& prepared, const PassOptions& options, const plan::Memory& memory);
  std::vector<Resource> to_destroy(const Prepared& prepared) const;
  /// Points into `prepared`.
  Writes writes_of(const Prepared& prepared) const;
  std::vector<Diagnostic> preflight(const Writes& writes, Context& context);
  void remember_equal(const Prepared& prepared, const plan::Memory& memory);

  const Registry& registry_;
  const Wanted wanted_;
  const Catalog catalog_;
  state::Store& store_;
  SecretReader& secrets_;
  Context context_;
  Context& writing_;
  const std::string who_;
  Sessions sessions_;
};

std::vector<std::string> Engine::Parts::connections() const {
  std::vector<std::string> keys;
  for (const Manifest& manifest : wanted_.manifests) {
    const ConnectionKind* kind = registry_.connection(manifest.kind);
    if (kind != nullptr && !kind->is_on_machine(manifest)) keys.push_back(manifest.key());
  }
  return keys;
}

Prepared Engine::Parts::prepare(const PassOptions& options) {
  if (options.holds_lock) mark_open_creates(store_, context_.clock.now());
  plan::Memory memory = load_memory(store_, registry_, context_.clock.now());
  memory.another_run = options.another_run;
  Prepared prepared;
  prepared.goal = options.plan.goal;
  prepared.resources = wanted_.resources;
  const ObserveOptions reading{wanted_.fleet.uid, options.max_age, connections()};
  prepared.snapshot = observe(wanted_.resources, registry_, sessions_, secrets_, store_, reading, context_);
  make_plan(prepared, options, memory);
  if (options.holds_lock) {
    // A destroy that nobody has agreed to yet has changed nothing that is wanted.
    const bool is_agreed = !prepared.plan.has_changes() && prepared.plan.held.empty() && prepared.plan.unknown.empty();
    prune(store_, registry_, prepared.snapshot, wanted_.resources, to_destroy(prepared),
          is_agreed ? prepared.goal : plan::Goal::converge);
  }
  if (options.preflight && prepared.plan.has_changes()) prepared.preflight = preflight(writes_of(prepared), context_);
  return prepared;
}

/// Intents of earlier runs are settled by the whole plan: one that waits for a left-out step stays open.
void Engine::Parts::make_plan(Prepared& prepared, const PassOptions& options, const plan::Memory& memory) {
  const Time now = context_.clock.now();
  const plan::Inputs inputs{
      registry_, wanted_.fleet, wanted_.resources, prepared.snapshot, memory, options.at.value_or(now), options.plan};
  prepared.plan = plan::make_plan(inputs);
  remember_equal(prepared, memory);
  if (options.holds_lock) settle_intents(store_, registry_, prepared.snapshot, prepared.plan, now);
  if (options.reviewed) prepared.match = plan::match(*options.reviewed, prepared.plan, inputs, wanted_.manifests);
  const plan::Plan whole = options.on_paper ? prepared.plan : plan::Plan{};
  if (!options.selection.empty())
    prepared.selected = plan::select(prepared.plan, inputs, wanted_.manifests, options.selection);
  if (options.on_paper) prepared.paper = plan::plan_file_of(prepared.plan, whole, inputs, options.selection);
}

/// Nothing is settled here: what earlier runs left open is apply's to go on with.
PreparedAdoption Engine::Parts::prepare_adoption(const std::optional<std::vector<ResourceId>>& only) {
  const plan::Memory memory = load_memory(store_, registry_, context_.clock.now());
  PreparedAdoption result;
  Prepared& prepared = result.prepared;
  prepared.resources = wanted_.resources;
  prepared.longest_look = longest_look;
  const ObserveOptions reading{wanted_.fleet.uid, std::chrono::seconds(0), connections()};
  prepared.snapshot = observe(wanted_.resources, registry_, sessions_, secrets_, store_, reading, context_);
  std::vector<Resource> resources;
  std::copy_if(wanted_.resources.begin(), wanted_.resources.end(), std::back_inserter(resources),
               [&](const Resource& resource) {
                 return !only || std::find(only->begin(), only->end(), resource.id) != only->end();
               });
  const plan::Inputs inputs{registry_, wanted_.fleet, resources, prepared.snapshot, memory, context_.clock.now(), {}};
  const plan::Examinations answers = examine(plan::adoption_candidates(inputs), registry_, sessions_, context_);
  result.adoption = plan::plan_adoption(inputs, answers);
  prepared.plan = std::move(result.adoption.plan);
  if (prepared.plan.has_changes()) prepared.preflight = preflight(writes_of(prepared), context_);
  return result;
}

std::vector<Resource> Engine::Parts::to_destroy(const Prepared& prepared) const {
  std::vector<Resource> resources;
  if (prepared.goal != plan::Goal::destroy) return resources;
  std::set<ResourceId> held;
  for (const plan::Held& one : prepared.plan.held) held.insert(one.id);
  std::copy_if(wanted_.resources.begin(), wanted_.resources.end(), std::back_inserter(resources),
               [&](const Resource& resource) {
                 const auto stays = [&](const ResourceId& id) { return held.contains(id); };
                 if (stays(resource.id) || std::any_of(resource.needs.begin(), resource.needs.end(), stays))
                   return false;
                 return !prepared.selected || prepared.selected->covered.contains(resource.id);
               });
  return resources;
}

void Engine::Parts::remember_equal(const Prepared& prepared, const plan::Memory& memory) {
  if (prepared.plan.new_memos.empty()) return;
  const auto lookup = [&](const Ref& ref) -> std::optional<Value> {
    const auto object = prepared.snapshot.objects.find(ref.id);
    return object == prepared.snapshot.objects.end() ? std::nullopt : plan::attribute_of(object->second, ref.attribute);
  };
  std::set<ResourceId> equal;
  for (const plan::Memo& memo : prepared.plan.new_memos) equal.insert(memo.id);
  std::map<ResourceId, std::map<std::string, std::string>> applied;
  for (const Resource& resource : wanted_.resources) {
    const Driver& driver = *registry_.driver(resource.id.kind);
    if (!equal.contains(resource.id) || memory.known.contains(resource.id) || driver.traits().pure_check) continue;
    const Schema& schema = driver.schema();
    applied.emplace(resource.id, plan::applied_digests(schema, plan::fill_refs(resource.wanted, lookup)));
  }
  remember(store_, memory, prepared.plan.new_memos, applied, context_.clock.now());
}

Engine::Parts::Writes Engine::Parts::writes_of(const Prepared& prepared) const {
  std::map<ResourceId, const Resource*> resources;
  for (const Resource& resource : wanted_.resources) resources.emplace(resource.id, &resource);
  Writes writes;
  std::set<std::size_t> told;
  for (const plan::Step& step : prepared.plan.steps) {
    const bool is_old_half = step.half == plan::Half::remove_old;
    if (step.verb == Verb::flush || step.start == plan::Start::wait || step.start == plan::Start::look_up ||
        step.connection.empty() || is_old_half)
      continue;
    const auto resource = resources.find(step.id);
    const Observed* object = step.object ? &*step.object : nullptr;
    if (step.half == plan::Half::create_new) object = removed_first(prepared.plan, step, told);
    writes[{step.connection, step.id.kind}].push_back(
        {step.verb, resource == resources.end() ? nullptr : resource->second, object});
  }
  return writes;
}

/// Everything that can be known to fail, asked before the first write, all of it reported together.
std::vector<Diagnostic> Engine::Parts::preflight(const Writes& writes, Context& context) {
  std::vector<Diagnostic> found;
  for (const auto& [scope, planned] : writes) {
    const Driver* driver = registry_.driver(scope.kind);
    // What a resource offers is checked once that exists: at the call.
    const auto is_meant = [&connection = scope.connection](const Manifest& manifest) {
      return manifest.key() == connection;
    };
    const bool has_manifest = std::any_of(wanted_.manifests.begin(), wanted_.manifests.end(), is_meant);
    if (driver == nullptr || !has_manifest) continue;
    try {
      for (Diagnostic& problem : driver->preflight(sessions_.get(scope.connection), planned, context)) {
        found.push_back(std::move(problem));
      }
    } catch (const Error& error) {
      found.push_back(
          {Severity::error, {}, fmt::format("checking {}: {}", scope.to_string(), error.message()), error.hint()});
    }
  }
  for (Diagnostic& problem : found) {
    problem.message = context.redactor.redact(problem.message);
    problem.hint = context.redactor.redact(problem.hint);
  }
  sort_diagnostics(found);
  return found;
}

/// Where nothing is flushed there is nothing to try; what only reads has been asked when the plan was made.
std::vector<Diagnostic> Engine::Parts::rehearse(const Prepared& prepared) {
  Writes writes = writes_of(prepared);
  std::erase_if(writes, [this](const auto& entry) {
    const Driver* driver = registry_.driver(entry.first.kind);
    return driver == nullptr || driver->flush_kind().empty();
  });
  std::vector<Diagnostic> found = preflight(writes, writing_);
  std::erase_if(found, [&](const Diagnostic& problem) {
    return std::find(prepared.preflight.begin(), prepared.preflight.end(), problem) != prepared.preflight.end();
  });
  return found;
}

Report Engine::Parts::apply(const Prepared& prepared, const std::string& command, EventSink& events) {
  prune(store_, registry_, prepared.snapshot, wanted_.resources, to_destroy(prepared), prepared.goal);
  state::Run run;
  run.command = command;
  run.who = who_;
  run.revision = wanted_.fleet.revision.to_string();
  run.started = context_.clock.now();
  const std::int64_t run_id = store_.history().begin(run);
  const ExecuteInputs inputs{prepared.plan, wanted_.resources,    prepared.snapshot, wanted_.fleet, registry_,
                             run_id,        prepared.longest_look};
  Report report = execute(inputs, sessions_, store_, secrets_, events, writing_);
  try {
    store_.history().end(run_id, context_.clock.now(), exit_code(prepared, report), summary_of(prepared.plan, report));
  } catch (const Error& error) {
    if (!report.broken) report.broken = error;
  }
  return report;
}

Engine::Engine(const Registry& registry, Wanted wanted, state::Store& store, SecretReader& secrets, Context& context,
               std::string who)
    : parts_(std::make_unique<Parts>(registry, std::move(wanted), store, secrets, context, std::move(who))) {}
Engine::~Engine() = default;
Prepared Engine::prepare(const PassOptions& options) { return parts_->prepare(options); }
PreparedAdoption Engine::prepare_adoption(const std::optional<std::vector<ResourceId>>& only) {
  return parts_->prepare_adoption(only);
}
std::vector<Diagnostic> Engine::rehearse(const Prepared& prepared) { return parts_->rehearse(prepared); }
Report Engine::apply(const Prepared& prepared, const std::string& command, EventSink& events) {
  return parts_->apply(prepared, command, events);
}

int exit_code(const Prepared& prepared, const Report& report) {
  if (report.interrupted) return 130;
  const bool all_done = report.all_done() && !report.broken;
  const bool all_known = prepared.plan.unknown.empty() && !leaves_something(prepared);
  if (all_done && all_known) return has_errors(prepared) ? 6 : 0;
  if (report.broken) {
    const bool any_begun = std::any_of(report.results.begin(), report.results.end(), [](const StepResult& result) {
      return result.state != StepState::not_started && result.state != StepState::skipped;
    });
    return any_begun ? 6 : 1;
  }
  const bool any_done = std::any_of(report.results.begin(), report.results.end(),
                                    [](const StepResult& result) { return result.state == StepState::done; });
  // A roll that stopped before it got anywhere leaves a fleet that stands.
  return any_done || all_done || !prepared.plan.rolls.empty() ? 6 : 1;
}

int exit_code_of_gaps(const Prepared& prepared) {
  const auto is_unread = [](const auto& entry) { return !entry.second.complete; };
  const auto is_unknown = [](const auto& entry) { return entry.second.condition == Condition::unknown; };
  const plan::Snapshot& snapshot = prepared.snapshot;
  // What is unknown because of another thing has been read itself.
  const bool has_gaps = std::any_of(snapshot.scopes.begin(), snapshot.scopes.end(), is_unread) ||
                        std::any_of(snapshot.objects.begin(), snapshot.objects.end(), is_unknown) ||
                        std::any_of(prepared.plan.unknown.begin(), prepared.plan.unknown.end(),
                                    [](const plan::Unknown& unknown) { return !unknown.because_of; });
  if (!has_gaps) return 0;
  return prepared.plan.knows_nothing() ? 1 : 6;
}

int exit_code(const Prepared& prepared) {
  if (prepared.plan.guard.refuses()) return 4;
  if (has_errors(prepared)) return 1;
  if (!prepared.plan.unknown.empty()) return prepared.plan.knows_nothing() ? 1 : 6;
  if (leaves_something(prepared) && !prepared.plan.has_changes()) return 6;
  return prepared.plan.has_changes() ? 2 : 0;
}

}  // namespace muster::apply
