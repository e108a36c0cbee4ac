#include "reconciler/apply/execute.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "reconciler/apply/journal.h"
#include "reconciler/apply/mailbox.h"
#include "reconciler/apply/verbs.h"
#include "reconciler/apply/worker_pool.h"
#include "reconciler/plan/diff.h"
#include "reconciler/plan/digests.h"
#include "reconciler/plan/refs.h"

namespace muster::apply {
namespace {

using std::chrono::milliseconds;
using Index = std::size_t;

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

bool is_removal(const plan::Step& step) { return step.verb == Verb::remove || step.half == plan::Half::remove_old; }

class Coordinator {
 public:
  Coordinator(const ExecuteInputs& inputs, Sessions& sessions, state::Store& store, SecretReader& secrets,
              EventSink& events, Context& context);
  Report run();

 private:
  /// A verb that was decided and journalled; it is dispatched once that is durable.
  struct Prepared {
    VerbJob job;
    std::optional<VerbEnded> answer;  ///< no call is needed, or none is possible: the scheduler is told at once

    void refuse(Error error) { answer = VerbEnded{job.step, std::nullopt, std::move(error)}; }
  };

  SchedulerOptions scheduler_options() const;
  std::size_t pool_size() const;
  void collect_live();

  void pass(const std::vector<Event>& events);
  void record(const Event& event);
  void carry_out(const std::vector<Action>& actions, std::vector<Prepared>& verbs, std::vector<PollJob>& polls);
  void announced(const Announce& announce);
  void gone(const Observed& object);

  Prepared prepare(const RunVerb& run);
  void prepare_write(const RunVerb& run, const Resource& resource, Prepared& prepared);
  void prepare_update(const Resource& resource, VerbJob& job) const;
  PollJob prepare_poll(const Poll& poll) const;
  void dispatch(std::vector<Prepared> verbs, std::vector<PollJob> polls);
  Value filled(const Value& value) const;
  Stamp stamp_for(const Resource& resource, const Driver& driver, Incarnation incarnation) const;
  const Driver* driver_of(Index step) const;
  std::vector<Observed> ours_for_flush(const ResourceId& target, const Driver& driver) const;
  const Resource* resource_of(const ResourceId& id) const;
  Incarnation new_incarnation();
  Time now() const;

  const ExecuteInputs& inputs_;
  Sessions& sessions_;
  SecretReader& secrets_;
  EventSink& events_;
  Context& context_;
  state::Store& store_;
  std::stop_source never_;  ///< verbs that run are not cut short: what they did would be unclear
  Context worker_context_;
  const Time wall_start_;
  const std::chrono::steady_clock::time_point steady_start_;
  const std::map<ResourceId, const Resource*> resources_;
  Journal journal_;
  std::map<ResourceId, Observed> live_;  ///< the keeper of each id as last seen
  std::map<Index, RunVerb> running_;
  std::vector<Incarnation> incarnations_;  ///< per step, of the object it makes or acts on
  std::vector<Time> begun_;
  std::vector<StepState> states_;
  std::vector<Event> answered_;  ///< to be told to the scheduler in the next pass
  Scheduler scheduler_;
  Mailbox<Event> mailbox_;
  WorkerPool pool_;  ///< last: its threads use the members above
};

Coordinator::Coordinator(const ExecuteInputs& inputs, Sessions& sessions, state::Store& store, SecretReader& secrets,
                         EventSink& events, Context& context)
    : inputs_(inputs),
      sessions_(sessions),
      secrets_(secrets),
      events_(events),
      context_(context),
      store_(store),
      worker_context_{context.clock, context.random,  never_.get_token(), context.logger,   context.progress,
                      context.calls, context.budget, context.redactor,   context.environment},
      wall_start_(context.clock.now()),
      steady_start_(context.clock.steady_now()),
      resources_(by_id(inputs.resources)),
      journal_(inputs.plan, inputs.registry, store, context.redactor, inputs.run_id),
      incarnations_(inputs.plan.steps.size()),
      begun_(inputs.plan.steps.size()),
      states_(inputs.plan.steps.size(), StepState::blocked),
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
    if (step.start == plan::Start::wait && step.object && step.object->since != Time{}) {
      const auto waited = std::chrono::duration_cast<std::chrono::seconds>(wall_start_ - step.object->since);
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
  std::set<std::string> going;
  for (const plan::Step& step : inputs_.plan.steps) {
    if (is_removal(step) && step.object) going.insert(step.object->backend_id);
  }
  for (const auto& [id, object] : inputs_.snapshot.objects) {
    if (object.ownership != Ownership::foreign && !going.contains(object.backend_id)) live_.try_emplace(id, object);
  }
}

Report Coordinator::run() {
  const std::stop_callback wake(context_.stop, [this] { mailbox_.wake(); });
  bool interrupted = false;
  Time next_view{};
  pass({Tick{}});
  while (!scheduler_.finished()) {
    std::vector<Event> events;
    if (answered_.empty()) {
      milliseconds pause = tick_interval;
      if (const auto wake_at = scheduler_.wake_at()) pause = std::clamp(*wake_at - now(), milliseconds(0), pause);
      events = mailbox_.take(pause);
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
  events_.tick(inputs_.plan, states_);
  return Report{scheduler_.results(), interrupted};
}

/// Everything that several events lead to is one transaction; only when it is durable, the next calls are made.
void Coordinator::pass(const std::vector<Event>& events) {
  std::vector<Prepared> verbs;
  std::vector<PollJob> polls;
  state::Transaction transaction = store_.transaction();
  for (const Event& event : events) {
    record(event);
    carry_out(scheduler_.handle(event, now()), verbs, polls);
  }
  transaction.commit();
  dispatch(std::move(verbs), std::move(polls));
}

void Coordinator::record(const Event& event) {
  if (const auto* ended = std::get_if<VerbEnded>(&event)) {
    const auto run = running_.extract(ended->step);
    if (run.empty()) return;
    journal_.verb_ended(run.mapped(), *ended, now());
    if (ended->error) return;
    if (run.mapped().call == Call::remove) {
      if (!ended->object && run.mapped().object) gone(*run.mapped().object);
    } else if (ended->object) {
      live_[ended->object->id] = *ended->object;
    }
  } else if (const auto* polled = std::get_if<PollEnded>(&event)) {
    for (Index i = 0; i < polled->steps.size(); ++i) {
      const Index step = polled->steps[i];
      if (polled->objects[i]) {
        journal_.seen(step, polled->objects[i]);
        journal_.settle_intent(step);
        if (!is_removal(inputs_.plan.steps[step])) live_[polled->objects[i]->id] = *polled->objects[i];
      } else if (!polled->failed) {
        journal_.seen(step, std::nullopt);
        const auto& planned_object = inputs_.plan.steps[step].object;
        if (is_removal(inputs_.plan.steps[step]) && planned_object) gone(*planned_object);
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
      running_[run->step] = *run;
      verbs.push_back(prepare(*run));
    }
  }
}

void Coordinator::announced(const Announce& announce) {
  const Index step = announce.step;
  const plan::Step& planned = inputs_.plan.steps[step];
  if (states_[step] == announce.state && announce.state != StepState::running) return;
  if (begun_[step] == Time{}) begun_[step] = now();
  states_[step] = announce.state;
  events_.step_changed(inputs_.plan, step, announce.state, context_.redactor.redact(announce.text));
  if (!is_end(announce.state)) return;
  journal_.step_ended(step, scheduler_.results()[step], begun_[step], now());
  if (announce.state != StepState::done) return;
  const Resource* resource = resource_of(planned.id);
  if (is_removal(planned)) {
    if (!live_.contains(planned.id)) journal_.forget(planned.id);
  } else if (resource != nullptr) {
    const Schema& schema = inputs_.registry.driver(planned.id.kind)->schema();
    journal_.applied(planned.id, plan::applied_digests(schema, filled(resource->wanted)), now());
  }
}

// Preparing calls.

const Resource* Coordinator::resource_of(const ResourceId& id) const {
  const auto found = resources_.find(id);
  return found == resources_.end() ? nullptr : found->second;
}

Value Coordinator::filled(const Value& value) const {
  return plan::fill_refs(value, [this](const Ref& ref) -> std::optional<Value> {
    const auto object = live_.find(ref.id);
    return object == live_.end() ? std::nullopt : plan::attribute_of(object->second, ref.attribute);
  });
}

/// A flush step has the driver of what it flushes.
const Driver* Coordinator::driver_of(Index step) const {
  const plan::Step& planned = inputs_.plan.steps[step];
  if (planned.verb != Verb::flush) return inputs_.registry.driver(planned.id.kind);
  for (const std::string& kind : inputs_.registry.resource_kinds()) {
    const Driver* driver = inputs_.registry.driver(kind);
    if (driver->flush_kind() == planned.id.kind) return driver;
  }
  return nullptr;
}

Incarnation Coordinator::new_incarnation() {
  Incarnation incarnation;
  while (!incarnation) incarnation.bits = context_.random.bits();
  return incarnation;
}

Stamp Coordinator::stamp_for(const Resource& resource, const Driver& driver, Incarnation incarnation) const {
  Stamp stamp;
  stamp.fleet = inputs_.fleet.uid;
  stamp.id = resource.id;
  stamp.incarnation = incarnation;
  stamp.digests = plan::stamp_digests(driver.schema(), resource.wanted);
  stamp.revision = inputs_.fleet.revision;
  stamp.protect = resource.lifecycle.protect;
  return stamp;
}

Coordinator::Prepared Coordinator::prepare(const RunVerb& run) {
  const plan::Step& step = inputs_.plan.steps[run.step];
  Prepared prepared;
  VerbJob& job = prepared.job;
  job.step = run.step;
  job.call = run.call;
  job.driver = driver_of(run.step);
  job.connection = step.connection;
  job.id = step.id;
  job.object = run.object;
  job.fleet = inputs_.fleet.uid;
  job.stamp.fleet = inputs_.fleet.uid;
  job.stamp.revision = inputs_.fleet.revision;
  if (job.driver == nullptr) {
    prepared.refuse(Error(Fault::permanent, fmt::format("nothing here handles {}", step.id.to_string())));
    return prepared;
  }
  if (run.call == Call::flush) {
    job.ours = ours_for_flush(step.id, *job.driver);
    journal_.about_to(run, {}, {}, now());
    return prepared;
  }
  if (run.call == Call::remove) {
    journal_.about_to(run, run.object ? run.object->incarnation() : Incarnation{}, {}, now());
    return prepared;
  }
  const Resource* resource = resource_of(step.id);
  if (resource == nullptr) {
    prepared.refuse(Error(Fault::conflict, fmt::format("no manifest describes {}", step.id.to_string())));
    return prepared;
  }
  prepare_write(run, *resource, prepared);
  return prepared;
}

void Coordinator::prepare_write(const RunVerb& run, const Resource& resource, Prepared& prepared) {
  VerbJob& job = prepared.job;
  job.resource = resource;
  job.resource->wanted = filled(resource.wanted);
  if (auto& offered = job.resource->connection.offered) offered->spec = filled(offered->spec);
  const std::vector<Ref> unknown = refs_in(job.resource->wanted);
  if (!unknown.empty()) {
    const Ref& ref = unknown.front();
    prepared.refuse(Error(Fault::conflict, fmt::format("{} of {} is not known", ref.attribute, ref.id.to_string()),
                          "look at that one first, then apply again"));
    return;
  }
  const bool keeps_incarnation = run.object && run.object->incarnation();
  const Incarnation incarnation = keeps_incarnation ? run.object->incarnation() : new_incarnation();
  incarnations_[run.step] = incarnation;
  job.stamp = stamp_for(resource, *job.driver, incarnation);
  if (run.call == Call::update) {
    prepare_update(resource, job);
    if (job.changes.empty()) {  // what was not known when it was planned turned out to be as it is
      prepared.answer = VerbEnded{run.step, run.object, std::nullopt};
      return;
    }
  }
  journal_.about_to(run, incarnation, digest(resource.wanted), now());
}

void Coordinator::prepare_update(const Resource& resource, VerbJob& job) const {
  if (job.object->stamp) {  // it was created from these, whatever the manifest says now
    job.stamp.digests = job.object->stamp->digests;
    job.stamp.form = job.object->stamp->form;
  }
  const plan::Difference difference =
      plan::diff(job.driver->schema(), resource, job.resource->wanted, *job.object, nullptr);
  for (const plan::Change& change : difference.updatable) {
    job.changes.push_back({change.field, change.before, change.after});
  }
}

std::vector<Observed> Coordinator::ours_for_flush(const ResourceId& target, const Driver& driver) const {
  std::vector<Observed> ours;
  for (const auto& [id, object] : live_) {
    const Driver* own = inputs_.registry.driver(id.kind);
    if (own == nullptr || own->flush_kind() != driver.flush_kind()) continue;
    if (own->flushed_by(id) == target) ours.push_back(object);
  }
  return ours;
}

PollJob Coordinator::prepare_poll(const Poll& poll) const {
  PollJob job;
  job.scope = poll.scope;
  job.driver = inputs_.registry.driver(poll.scope.kind);
  job.request.reach = ObserveRequest::Reach::listed;
  job.request.fleet = inputs_.fleet.uid;
  for (Index step : poll.steps) {
    const plan::Step& planned = inputs_.plan.steps[step];
    const auto& last = scheduler_.results()[step].object;
    PollJob::Target target{step, planned.id, incarnations_[step], {}};
    if (!target.incarnation) target.incarnation = planned.incarnation;
    if (last) {
      target.backend_id = last->backend_id;
      target.incarnation = last->incarnation();
      job.request.known.push_back(*last);
    } else if (planned.object) {
      target.backend_id = planned.object->backend_id;
      target.incarnation = planned.object->incarnation();
      job.request.known.push_back(*planned.object);
    }
    if (!job.driver->traits().stampable) target.incarnation = {};
    if (job.driver->traits().pure_check) target.backend_id.clear();
    if (const Resource* resource = resource_of(planned.id)) {
      job.request.wanted.push_back(*resource);
      job.request.wanted.back().wanted = filled(resource->wanted);
    }
    job.targets.push_back(std::move(target));
  }
  return job;
}

void Coordinator::dispatch(std::vector<Prepared> verbs, std::vector<PollJob> polls) {
  for (Prepared& prepared : verbs) {
    if (prepared.answer) {
      answered_.emplace_back(std::move(*prepared.answer));
      continue;
    }
    pool_.run([this, job = std::move(prepared.job)]() mutable {
      mailbox_.put(run_verb(std::move(job), sessions_, secrets_, worker_context_));
    });
  }
  for (PollJob& poll : polls) {
    pool_.run([this, job = std::move(poll)]() mutable {
      mailbox_.put(run_poll(std::move(job), sessions_, worker_context_));
    });
  }
}

}  // namespace

bool Report::all_done() const {
  return std::all_of(results.begin(), results.end(),
                     [](const StepResult& result) { return result.state == StepState::done; });
}

Report execute(const ExecuteInputs& inputs, Sessions& sessions, state::Store& store, SecretReader& secrets,
               EventSink& events, Context& context) {
  return Coordinator(inputs, sessions, store, secrets, events, context).run();
}

}  // namespace muster::apply
