#include "reconciler/apply/coordinator.h"

#include <algorithm>
#include <set>
#include <utility>

#include "reconciler/plan/digests.h"

namespace muster::apply {
namespace {

using std::chrono::milliseconds;

/// How often the views get a tick.
constexpr milliseconds tick_interval{250};
/// What waited long before may still take this long now.
constexpr std::chrono::seconds shortest_limit{60};
constexpr std::size_t most_threads = 128;

std::map<ResourceId, const Resource*> by_id(const std::vector<Resource>& resources) {
  std::map<ResourceId, const Resource*> index;
  for (const Resource& resource : resources) index.emplace(resource.id, &resource);
  return index;
}

std::string_view name_of_verb(const plan::Step& step) {
  if (step.half != plan::Half::whole) return to_string(Verb::replace);
  if (step.verb == Verb::create && step.start == plan::Start::resume) return "resume";
  return to_string(step.verb);
}

/// Each verb brings what it is about.
Context for_workers(Context context, std::stop_token stop) {
  context.stop = std::move(stop);
  context.request_ids = nullptr;
  context.about = nullptr;
  return context;
}

}  // namespace

Coordinator::Coordinator(const ExecuteInputs& inputs, Sessions& sessions, state::Store& store, SecretReader& secrets,
                         EventSink& events, Context& context)
    : inputs_(inputs),
      sessions_(sessions),
      secrets_(secrets),
      events_(events),
      context_(context),
      store_(store),
      worker_context_(for_workers(context, never_.get_token())),
      poll_context_(for_workers(context, context.stop)),
      wall_start_(context.clock.now()),
      steady_start_(context.clock.steady_now()),
      resources_(by_id(inputs.resources)),
      journal_(inputs.plan, inputs.registry, store, context.redactor, inputs.run_id),
      incarnations_(inputs.plan.steps.size()),
      begun_(inputs.plan.steps.size()),
      states_(inputs.plan.steps.size(), StepState::blocked),
      removing_(inputs.plan.steps.size()),
      dispatched_(inputs.plan.steps.size()),
      scheduler_(inputs.plan, scheduler_options(), wall_start_),
      pool_(pool_size()) {
  collect_live();
}

/// Wall time that never jumps.
Time Coordinator::now() const {
  return wall_start_ + std::chrono::duration_cast<milliseconds>(context_.clock.steady_now() - steady_start_);
}

SchedulerOptions Coordinator::scheduler_options() const {
  SchedulerOptions options;
  options.seed = context_.random.bits();
  for (const plan::Step& step : inputs_.plan.steps) {
    options.concurrency.try_emplace(step.connection, sessions_.limits(step.connection).concurrency);
    const Driver* driver = inputs_.registry.driver(step.id.kind);
    options.traits.push_back(driver == nullptr ? Traits{} : driver->traits());
    const Resource* resource = resource_of(step.id);
    std::chrono::seconds limit = options.traits.back().progressing_limit;
    if (resource != nullptr && resource->deadline) limit = *resource->deadline;
    if (options.traits.back().pure_check) limit = std::min(limit, inputs_.longest_look.value_or(limit));
    options.fresh_limits.push_back(limit);
    if (step.start == plan::Start::wait && step.object && step.object->since != Time{}) {
      const auto since = std::min(step.object->since, wall_start_);
      const auto waited = std::chrono::duration_cast<std::chrono::seconds>(wall_start_ - since);
      limit = std::max(std::min(limit, shortest_limit), limit - waited);
    }
    options.limits.push_back(limit);
    options.on_failed.push_back(resource != nullptr ? resource->lifecycle.on_failed : OnFailed::report);
  }
  return options;
}

std::size_t Coordinator::pool_size() const {
  std::set<std::string> connections;
  std::set<plan::Scope> scopes;
  for (const plan::Step& step : inputs_.plan.steps) {
    connections.insert(step.connection);
    scopes.insert({step.connection, step.id.kind});
  }
  std::size_t threads = scopes.size();
  for (const std::string& connection : connections) {
    threads += static_cast<std::size_t>(std::max(1, sessions_.limits(connection).concurrency));
  }
  return std::min(threads, most_threads);
}

/// Of several objects with one id the plan has decided: those it removes are not the ones to refer to.
void Coordinator::collect_live() {
  std::set<std::pair<ResourceId, std::string>> going;
  for (const plan::Step& step : inputs_.plan.steps) {
    if (is_removal(step) && step.object) going.emplace(step.id, step.object->backend_id);
  }
  for (const auto& [id, object] : inputs_.snapshot.objects) {
    if (object.ownership != Ownership::foreign && !going.contains({id, object.backend_id}))
      live_.try_emplace(id, object);
  }
}

Report Coordinator::run() {
  bool interrupted = false;
  std::optional<Error> broken;
  try {
    go_on(interrupted);
  } catch (Error& error) {
    // Nothing is dispatched that could not be written down before.
    broken = error.while_doing("recording what this run does");
  }
  events_.tick(inputs_.plan, states_);
  Report report{scheduler_.results(), interrupted, std::move(broken)};
  for (std::size_t i = 0; report.broken && i < report.results.size(); ++i) {
    StepResult& result = report.results[i];
    if (is_end(result.state)) continue;
    const bool is_begun = dispatched_[i] || result.state == StepState::waiting || result.state == StepState::looking_up;
    result.state = is_begun ? StepState::left : StepState::not_started;
  }
  return report;
}

void Coordinator::go_on(bool& interrupted) {
  const std::stop_callback wake(context_.stop, [this] { mailbox_.wake(); });
  Time next_view{};
  pass({Tick{}});
  while (!scheduler_.finished()) {
    std::vector<Event> events;
    if (answered_.empty()) {
      milliseconds pause = tick_interval;
      if (const auto wake_at = scheduler_.wake_at()) pause = std::clamp(*wake_at - now(), milliseconds(0), pause);
      events = mailbox_.take(context_.clock.in_machine_time(pause));
    }
    events.insert(events.end(), std::make_move_iterator(answered_.begin()), std::make_move_iterator(answered_.end()));
    answered_.clear();
    if (context_.stop.stop_requested() && !interrupted) {
      interrupted = true;
      events.emplace_back(Interrupted{});
    }
    if (events.empty()) events.emplace_back(Tick{});
    pass(events);
    if (now() >= next_view) {
      events_.tick(inputs_.plan, states_);
      next_view = now() + tick_interval;
    }
  }
}

/// Everything that several events lead to is one transaction; only when it is durable, people are told and the next
/// calls are made.
void Coordinator::pass(const std::vector<Event>& events) {
  std::vector<Prepared> verbs;
  std::vector<PollJob> polls;
  state::Transaction transaction = store_.transaction();
  for (const Event& event : events) {
    record(event);
    carry_out(scheduler_.handle(event, now()), verbs, polls);
  }
  transaction.commit();
  for (const Announce& news : std::exchange(news_, {})) {
    events_.step_changed(inputs_.plan, news.step, news.state, news.text);
  }
  for (const auto& [milestone, step] : std::exchange(durable_, {})) reached(milestone, step);
  dispatch(std::move(verbs), std::move(polls));
}

void Coordinator::record(const Event& event) {
  if (const auto* ended = std::get_if<VerbEnded>(&event)) {
    const auto run = running_.extract(ended->step);
    if (run.empty()) return;
    reached(Milestone::after_answer, ended->step);
    durable_.emplace_back(Milestone::after_commit, ended->step);
    journal_.verb_ended(run.mapped(), *ended, now());
    if (ended->error) return;
    if (run.mapped().call == Call::remove) {
      if (!ended->object && run.mapped().object) gone(*run.mapped().object);
    } else if (ended->object) {
      live_[ended->object->id] = *ended->object;
    }
  } else if (const auto* polled = std::get_if<PollEnded>(&event)) {
    for (std::size_t i = 0; i < polled->steps.size(); ++i) {
      const std::size_t step = polled->steps[i];
      if (polled->objects[i]) {
        journal_.seen(*polled->objects[i]);
        journal_.settle_intent(step);
        if (!is_removal(inputs_.plan.steps[step])) live_[polled->objects[i]->id] = *polled->objects[i];
      } else if (!polled->failed) {
        const plan::Step& planned = inputs_.plan.steps[step];
        // What a removal had to look up first, and what failed and is removed before the next one is made, is known by
        // the results alone.
        const bool is_known_by_results = !planned.object && (is_removal(planned) || removing_[step]);
        const auto& object = is_known_by_results ? scheduler_.results()[step].object : planned.object;
        if (object) journal_.absent(*object);
        if (object && is_removal(planned)) gone(*object);
      }
    }
  }
}

void Coordinator::gone(const Observed& object) {
  const auto live = live_.find(object.id);
  if (live != live_.end() && live->second.backend_id == object.backend_id) live_.erase(live);
}

void Coordinator::carry_out(const std::vector<Action>& actions, std::vector<Prepared>& verbs,
                            std::vector<PollJob>& polls) {
  for (const Action& action : actions) {
    if (const auto* announce = std::get_if<Announce>(&action)) announced(*announce);
    if (const auto* poll = std::get_if<Poll>(&action)) polls.push_back(prepare_poll(*poll));
    if (const auto* run = std::get_if<RunVerb>(&action)) {
      reached(Milestone::before_intent, run->step);
      running_[run->step] = *run;
      removing_[run->step] = run->call == Call::remove;
      verbs.push_back(prepare(*run));
    }
  }
}

void Coordinator::reached(Milestone milestone, Index step) const {
  if (context_.milestones == nullptr) return;
  const plan::Step& planned = inputs_.plan.steps[step];
  context_.milestones->reached(milestone, name_of_verb(planned), planned.id);
}

void Coordinator::announced(const Announce& announce) {
  const std::size_t step = announce.step;
  const plan::Step& planned = inputs_.plan.steps[step];
  if (states_[step] == announce.state && announce.state != StepState::running) return;
  if (begun_[step] == Time{}) begun_[step] = now();
  states_[step] = announce.state;
  news_.push_back({step, announce.state, context_.redactor.redact(announce.text)});
  if (!is_end(announce.state)) return;
  durable_.emplace_back(Milestone::between_steps, step);
  journal_.step_ended(step, scheduler_.results()[step], begun_[step], now());
  if (announce.state != StepState::done) return;
  const Resource* resource = resource_of(planned.id);
  if (is_removal(planned)) {
    journal_.settle_intent(step);  // of a create that never came to anything
    if (!live_.contains(planned.id)) journal_.forget(planned.id, planned.connection);
  } else if (resource != nullptr) {
    if (!inputs_.registry.driver(planned.id.kind)->traits().pure_check)
      journal_.applied(planned.id, digests_of_done(planned, *resource), now());
  }
}

std::map<std::string, std::string> Coordinator::digests_of_done(const plan::Step& step,
                                                                const Resource& resource) const {
  const Schema& schema = inputs_.registry.driver(step.id.kind)->schema();
  const Value wanted = filled(resource.wanted);
  const auto object = live_.find(step.id);
  const bool adopted = step.verb == Verb::adopt && object != live_.end();
  return adopted ? plan::adopted_digests(schema, wanted, object->second.attributes)
                 : plan::applied_digests(schema, wanted);
}

void Coordinator::dispatch(std::vector<Prepared> verbs, std::vector<PollJob> polls) {
  for (Prepared& prepared : verbs) {
    if (prepared.answer) {
      answered_.emplace_back(std::move(*prepared.answer));
      continue;
    }
    reached(Milestone::after_intent, prepared.job.step);
    dispatched_[prepared.job.step] = true;
    pool_.run([this, job = std::move(prepared.job)]() mutable {
      mailbox_.put(run_verb(std::move(job), sessions_, secrets_, worker_context_));
    });
  }
  for (PollJob& poll : polls) {
    pool_.run(
        [this, job = std::move(poll)]() mutable { mailbox_.put(run_poll(std::move(job), sessions_, poll_context_)); });
  }
}

std::map<StepState, std::size_t> tally(const plan::Plan& plan, const Report& report) {
  std::map<StepState, std::size_t> numbers;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    if (step.verb != Verb::flush && step.half != plan::Half::remove_old) ++numbers[report.results[i].state];
  }
  return numbers;
}

bool Report::all_done() const {
  return std::all_of(results.begin(), results.end(),
                     [](const StepResult& result) { return result.state == StepState::done; });
}

Report execute(const ExecuteInputs& inputs, Sessions& sessions, state::Store& store, SecretReader& secrets,
               EventSink& events, Context& context) {
  return Coordinator(inputs, sessions, store, secrets, events, context).run();
}

}  // namespace muster::apply
