#include "reconciler/apply/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "reconciler/apply/scheduler_machine.h"

namespace muster::apply {

using std::chrono::milliseconds;

namespace {

constexpr const char* stopped_waiting = "interrupted before it had ended";

}  // namespace

std::string_view to_string(StepState state) {
  switch (state) {
    case StepState::blocked:
      return "blocked";
    case StepState::running:
      return "running";
    case StepState::waiting:
      return "waiting";
    case StepState::looking_up:
      return "looking up";
    case StepState::retrying:
      return "retrying";
    case StepState::written:
      return "written";
    case StepState::done:
      return "done";
    case StepState::failed:
      return "failed";
    case StepState::skipped:
      return "skipped";
    case StepState::left:
      return "left";
    case StepState::not_started:
      return "not started";
  }
  return "blocked";
}

bool is_end(StepState state) {
  switch (state) {
    case StepState::done:
    case StepState::failed:
    case StepState::skipped:
    case StepState::left:
    case StepState::not_started:
      return true;
    default:
      return false;
  }
}

Scheduler::Machine::Machine(const plan::Plan& plan, SchedulerOptions options, Time now)
    : results(plan.steps.size()),
      plan_(plan),
      options_(std::move(options)),
      now_(now),
      jitter_(options_.seed),
      items_(plan.steps.size()),
      flushes_(options_.coalesce),
      open_steps_(plan.steps.size()) {
  std::map<Index, std::size_t> covered;
  std::unordered_map<std::string_view, ReadyQueue::Group> groups;
  for (Index i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    if (step.stage > 0) ++open_in_stage_[step.stage];
    if (step.verb == Verb::flush) covered.try_emplace(i, 0);
    if (step.flush) ++covered[*step.flush];
    items_[i].group = groups.try_emplace(step.group, groups.size()).first->second;
    items_[i].open_needs = step.needs.size() + step.after.size();
    items_[i].open_follows = step.follows.size();
    for (Index need : step.needs) items_[need].needed_by.push_back(i);
    for (Index need : step.after) items_[need].needed_by.push_back(i);
    for (Index other : step.follows) items_[other].followed_by.push_back(i);
  }
  for (const auto& [flush, count] : covered) {
    flushes_.add(flush, count == 0 || plan.steps[flush].start == plan::Start::resume, count);
  }
  for (Index i = 0; i < plan.steps.size(); ++i) make_ready_if(i);
}

std::vector<Action> Scheduler::Machine::handle(const Event& event, Time now) {
  now_ = now;
  std::visit([this](const auto& what) { take(what); }, event);
  if (!interrupted_) {
    start_timers();
    start_flushes();
    start_ready();
    start_polls();
  }
  return std::exchange(actions_, {});
}

std::optional<Time> Scheduler::Machine::wake_at() const {
  if (interrupted_) return std::nullopt;
  std::optional<Time> next = polls_.next_due();
  const auto earlier = [&next](std::optional<Time> other) {
    if (other && (!next || *other < *next)) next = other;
  };
  earlier(flushes_.next_due([this](Index step) { return has_room(plan_.steps[step].connection); }));
  if (!timers_.empty()) earlier(timers_.begin()->first);
  if (!drains_.empty()) earlier(drains_.begin()->first);
  return next;
}

bool Scheduler::Machine::finished() const { return open_steps_ == 0 && running_verbs_ == 0; }

// What the executor reports.

void Scheduler::Machine::take(const VerbEnded& event) {
  const Index step = event.step;
  --running_verbs_;
  --running_[plan_.steps[step].connection];
  if (is_flush(step)) return flush_ended(step, event.error);
  if (event.error) return verb_failed(step, *event.error);
  Item& item = items_[step];
  item.attempts = 0;
  if (event.object) {
    results[step].object = event.object;
    return look_at(step, *event.object);
  }
  if (item.removing_failed) return failed_one_is_gone(step);
  if (item.putting_back) return put_back_ended(step, "nothing ran before it that could be put back");
  succeed(step);
}

void Scheduler::Machine::take(const PollEnded& event) {
  polls_.ended(event.scope, now_);
  for (Index i = 0; i < event.steps.size(); ++i) {
    const Index step = event.steps[i];
    if (is_end(results[step].state)) continue;
    const bool seen = i < event.objects.size() && event.objects[i].has_value();
    if (seen) {
      results[step].object = event.objects[i];
      look_at(step, *event.objects[i]);
    } else if (event.failed) {
      if (!overdue(step, event.failed->message())) poll_again(step);
    } else {
      absent(step);
    }
  }
}

void Scheduler::Machine::take(const Interrupted&) {
  interrupted_ = true;
  for (Index i = 0; i < plan_.steps.size(); ++i) {
    const StepState state = results[i].state;
    if (is_end(state) || state == StepState::running) continue;
    const bool begun = state != StepState::blocked;
    const auto flush = plan_.steps[i].flush;
    if (state == StepState::written && results[*flush].state == StepState::running)
      continue;  // it may still be in time
    if (is_flush(i)) {
      finish(i, StepState::not_started, "the next run flushes");
    } else if (begun) {
      finish(i, StepState::left, state == StepState::written ? "written; the next run flushes" : stopped_waiting);
    } else {
      finish(i, StepState::not_started, {});
    }
  }
}

// What to do next.

void Scheduler::Machine::make_ready_if(Index step) {
  const Item& item = items_[step];
  if (is_flush(step) || results[step].state != StepState::blocked || interrupted_) return;
  if (item.open_needs > 0 || item.open_follows > 0 || !stage_is_open(plan_.steps[step].stage)) return;
  if (const auto cause = broken_stage_before(step)) {
    results[step].cause = *cause;
    return finish(step, StepState::skipped, fmt::format("needs {}", plan_.steps[*cause].id.to_string()));
  }
  if (const Time until = drained_at(step); until > now_) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(until - now_);
    announce(step, StepState::waiting,
             fmt::format("{} s, for those who still go by what was there before", left.count()));
    drains_.emplace(until, step);
    return;
  }
  make_ready(step);
}

/// When nobody goes any more by what the steps it drains have changed.
Time Scheduler::Machine::drained_at(Index step) const {
  Time until = plan_.steps[step].not_before;
  for (const plan::Drain& drain : plan_.steps[step].drains) {
    until = std::max<Time>(until, items_[drain.step].ended + drain.time);
  }
  return until;
}

bool Scheduler::Machine::stage_is_open(int stage) const {
  if (stage == 0) return true;
  return std::all_of(open_in_stage_.begin(), open_in_stage_.lower_bound(stage),
                     [](const auto& entry) { return entry.second == 0; });
}

/// On one connection a stage that did not end well keeps the later ones from removing what it stands on.
std::optional<std::size_t> Scheduler::Machine::broken_stage_before(Index step) const {
  const plan::Step& planned = plan_.steps[step];
  const auto broken = broken_stages_.find(planned.connection);
  if (planned.stage == 0 || broken == broken_stages_.end()) return std::nullopt;
  const Index cause = broken->second;
  return plan_.steps[cause].stage < planned.stage ? std::optional(cause) : std::nullopt;
}

bool Scheduler::Machine::has_room(const std::string& connection) const {
  const auto limit = options_.concurrency.find(connection);
  const auto running = running_.find(connection);
  return running == running_.end() || limit == options_.concurrency.end() || running->second < limit->second;
}

void Scheduler::Machine::start_ready() {
  for (auto& [connection, steps] : ready_) {
    while (!steps.empty() && has_room(connection)) {
      const Index step = steps.take();
      Item& item = items_[step];
      if (is_end(results[step].state)) continue;
      if (item.next) {
        call(step, *std::exchange(item.next, std::nullopt));
      } else {
        begin(step);
      }
    }
  }
}

void Scheduler::Machine::start_timers() {
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    const Index step = timers_.begin()->second;
    timers_.erase(timers_.begin());
    if (results[step].state != StepState::retrying) continue;
    make_ready(step);
  }
  while (!drains_.empty() && drains_.begin()->first <= now_) {
    const Index step = drains_.extract(drains_.begin()).value().second;
    if (!is_end(results[step].state)) make_ready(step);
  }
}

void Scheduler::Machine::start_flushes() {
  for (Index step : flushes_.due(now_)) {
    const bool has_failed = is_end(results[step].state);
    if (!has_failed && !has_room(plan_.steps[step].connection)) continue;
    flushes_.begin(step);
    if (has_failed) {  // it failed for good before; this write is not published either
      for (Index written : flushes_.finish(step)) {
        results[written].cause = step;
        finish(written, StepState::skipped, "written, but not flushed");
      }
      continue;
    }
    call(step, Call::flush);
  }
}

void Scheduler::Machine::start_polls() {
  for (PollQueue::Batch& batch : polls_.take_due(now_)) {
    for (const Index step : batch.steps) items_[step].asked_at = now_;
    actions_.push_back(Poll{std::move(batch.scope), std::move(batch.steps)});
  }
}

void Scheduler::Machine::begin(Index step) {
  Item& item = items_[step];
  const plan::Step& planned = plan_.steps[step];
  item.begun = now_;
  switch (planned.start) {
    case plan::Start::wait:
      results[step].object = planned.object;
      wait(step, planned.object ? planned.object->evidence : std::string());
      return;
    case plan::Start::look_up:
      item.quiet_until = planned.quiet_until;
      announce(step, StepState::looking_up, planned.reason);
      polls_.want(scope_of(step), step, now_);
      return;
    case plan::Start::resume:
      return call(step, Call::resume);
    case plan::Start::call:
      break;
  }
  if (removes(planned)) return call(step, Call::remove);
  if (planned.verb == Verb::adopt) return call(step, Call::adopt);
  call(step, planned.verb == Verb::update ? Call::update : Call::create);
}

void Scheduler::Machine::call_when_room(Index step, Call verb, std::string text) {
  if (interrupted_) return finish(step, StepState::left, stopped_waiting);
  items_[step].next = verb;
  announce(step, StepState::retrying, std::move(text));
  make_ready(step);
}

void Scheduler::Machine::call(Index step, Call verb) {
  Item& item = items_[step];
  item.last = verb;
  const plan::Step& planned = plan_.steps[step];
  ++item.attempts;
  item.called = true;
  if (item.begun == Time{}) item.begun = now_;
  ++running_verbs_;
  ++running_[planned.connection];
  announce(step, StepState::running, {});
  std::optional<Observed> object;
  if (verb == Call::remove) object = planned.object && !item.removing_failed ? planned.object : results[step].object;
  if (verb == Call::put_back) object = results[step].object;
  if (verb == Call::adopt || verb == Call::update || verb == Call::resume) object = planned.object;
  actions_.push_back(RunVerb{step, verb, std::move(object)});
}

void Scheduler::Machine::wait(Index step, std::string text) {
  if (interrupted_) return finish(step, StepState::left, stopped_waiting);
  announce(step, StepState::waiting, std::move(text));
  poll_again(step);
}

void Scheduler::Machine::announce(Index step, StepState state, std::string text) {
  results[step].state = state;
  actions_.push_back(Announce{step, state, std::move(text)});
}

Scheduler::Scheduler(const plan::Plan& plan, SchedulerOptions options, Time now)
    : machine_(std::make_unique<Machine>(plan, std::move(options), now)) {}
Scheduler::~Scheduler() = default;
std::vector<Action> Scheduler::handle(const Event& event, Time now) { return machine_->handle(event, now); }
std::optional<Time> Scheduler::wake_at() const { return machine_->wake_at(); }
bool Scheduler::finished() const { return machine_->finished(); }
const std::vector<StepResult>& Scheduler::results() const { return machine_->results; }

}  // namespace muster::apply
