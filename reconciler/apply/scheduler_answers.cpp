#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "reconciler/apply/scheduler_machine.h"

namespace muster::apply {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A new object that several reads do not show any more was removed by someone; one read may lag behind.
constexpr int absent_reads_that_count = 3;
constexpr seconds absent_grace{30};

}  // namespace

void Scheduler::Machine::verb_failed(Index step, const Error& error) {
  Item& item = items_[step];
  const plan::Step& planned = plan_.steps[step];
  if (error.fault() == Fault::interrupted || (interrupted_ && error.fault() == Fault::transient)) {
    return finish(step, item.called ? StepState::left : StepState::not_started, error.message());
  }
  const bool is_unclear_create =
      error.fault() == Fault::unclear && creates(planned) && !item.removing_failed && !item.putting_back;
  if (is_unclear_create) {
    item.quiet_until = now_ + options_.traits[step].quiet_window;
    item.empty_reads = item.lookups = 0;
    item.doubt = error.message();
    if (interrupted_) return finish(step, StepState::left, "no clear answer; the next run looks it up");
    announce(step, StepState::looking_up, "no clear answer, looking it up: " + error.message());
    return polls_.want(scope_of(step), step, now_);
  }
  const bool may_retry = error.fault() == Fault::transient || error.fault() == Fault::unclear;
  if (interrupted_ && may_retry) return finish(step, StepState::left, error.message());
  if (may_retry && (item.attempts < options_.attempts || was_asked_to_wait(error))) return retry(step, error);
  if (item.putting_back) return put_back_ended(step, "what was there before could not be put back: " + error.message());
  fail(step, error);
}

void Scheduler::Machine::flush_ended(Index step, const std::optional<Error>& error) {
  if (!error) {
    items_[step].attempts = 0;
    items_[step].begun = Time{};
    results[step].error.reset();
    results[step].state = StepState::blocked;  // until the next write, or the end below
    for (Index written : flushes_.finish(step)) {
      if (results[written].state == StepState::written) finish(written, StepState::done, {});
    }
    if (interrupted_) leave_unflushed(step);
    if (!is_end(results[step].state) && flushes_.is_idle(step)) finish(step, StepState::done, {});
    return;
  }
  Item& item = items_[step];
  const bool may_retry = error->fault() == Fault::transient || error->fault() == Fault::unclear;
  const bool has_a_try_left = was_asked_to_wait(*error) ? now_ + *error->retry_after() - item.begun <= limit_of(step)
                                                        : item.attempts < options_.attempts;
  if (may_retry && has_a_try_left && !interrupted_) {
    const milliseconds delay = pause_before_retry(step, *error);
    announce(step, StepState::retrying, error->message());
    return flushes_.retry(step, now_ + delay);
  }
  const std::vector<Index> unpublished = flushes_.finish(step);
  fail(step, *error);
  for (Index written : unpublished) {
    if (is_end(results[written].state)) continue;
    results[written].cause = step;
    finish(written, StepState::skipped, "written, but not flushed");
  }
  if (interrupted_) leave_unflushed(step);
}

/// Interrupted: what was written after the flush began is the next run's.
void Scheduler::Machine::leave_unflushed(Index flush) {
  bool any = false;
  for (Index i = 0; i < plan_.steps.size(); ++i) {
    if (plan_.steps[i].flush != flush || results[i].state != StepState::written) continue;
    finish(i, StepState::left, "written; the next run flushes");
    any = true;
  }
  if (any && !is_end(results[flush].state))
    finish(flush, StepState::not_started, "the next run flushes what came later");
  if (!any && !is_end(results[flush].state)) finish(flush, StepState::done, {});
}

void Scheduler::Machine::look_at(Index step, const Observed& object) {
  const plan::Step& planned = plan_.steps[step];
  Item& item = items_[step];
  const bool going = removes(planned) || item.removing_failed;
  if (results[step].state == StepState::looking_up && removes(planned)) {
    results[step].object = object;
    return call_when_room(step, Call::remove, "it has appeared, removing it");
  }
  if (results[step].state == StepState::looking_up && !options_.traits[step].stampable) {
    return call_when_room(step, Call::create, "completing it");  // create adds only what is missing
  }
  if (going) {
    if (!overdue(step, object.evidence)) wait(step, "until it is gone");
    return;
  }
  item.empty_reads = 0;
  switch (object.condition) {
    case Condition::ready:
      return item.putting_back ? put_back_ended(step, "what was there before was put back") : succeed(step);
    case Condition::failed:
      return object_failed(step, object);
    case Condition::deleting:
      return fail(step, Error(Fault::conflict, "somebody removes it while it is being made", "apply again"));
    case Condition::incomplete:
    case Condition::progressing:
    case Condition::unknown:
      if (!overdue(step, object.evidence)) wait(step, object.evidence);
  }
}

void Scheduler::Machine::absent(Index step) {
  Item& item = items_[step];
  const plan::Step& planned = plan_.steps[step];
  if (results[step].state == StepState::looking_up) {
    ++item.empty_reads;
    return nothing_appeared(step);
  }
  if (item.removing_failed) return failed_one_is_gone(step);
  if (removes(planned)) {
    results[step].object.reset();
    return succeed(step);
  }
  ++item.empty_reads;
  if (!options_.traits[step].pure_check && item.empty_reads >= absent_reads_that_count &&
      now_ - item.begun > absent_grace) {
    return fail(step, Error(Fault::conflict, "it has vanished while it was being made", "apply again"));
  }
  if (!overdue(step, "not seen yet")) poll_again(step);
}

/// Only an object that never worked is made again, and not for ever.
void Scheduler::Machine::object_failed(Index step, const Observed& object) {
  Item& item = items_[step];
  const std::string words = object.evidence.empty() ? std::string("it failed, no reason given") : object.evidence;
  if (item.putting_back) return put_back_ended(step, "what was there before was put back and failed too: " + words);
  if (options_.on_failed[step] == OnFailed::put_back && !interrupted_) {
    item.putting_back = true;
    item.failure = words;
    item.attempts = 0;
    item.begun = now_;
    return call_when_room(step, Call::put_back, "failed, putting back what was there before: " + words);
  }
  const bool may_recreate = creates(plan_.steps[step]) && !object.ever_ready &&
                            options_.on_failed[step] == OnFailed::recreate && item.recreations < options_.recreations;
  if (!may_recreate || interrupted_)
    return fail(
        step,
        Error(Fault::permanent, words,
              "look at it with the backend's own tools, or ask whoever runs the backend; the next run looks again"));
  ++item.recreations;
  item.removing_failed = true;
  call_when_room(step, Call::remove, "failed, making a new one: " + words);
}

/// However it went, what was wanted does not stand.
void Scheduler::Machine::put_back_ended(Index step, const std::string& how) {
  fail(step,
       Error(Fault::permanent, items_[step].failure + "; " + how, std::string(options_.traits[step].failed_hint)));
}

/// A complete read showed nothing. Two have to, and one of them has to begin when the quiet window is over.
void Scheduler::Machine::nothing_appeared(Index step) {
  Item& item = items_[step];
  if (item.asked_at < item.quiet_until || item.empty_reads < 2) return look_again(step);
  if (removes(plan_.steps[step])) return succeed(step);
  if (item.attempts >= options_.attempts) {
    return fail(step, Error(Fault::unclear, "no create got a clear answer: " + item.doubt, "apply again later"));
  }
  item.begun = Time{};  // what it has waited for is no part of the next one's time
  call_when_room(step, Call::create, "it never appeared, creating it again");
}

/// Lookups at 0, 2, 5, 10, 20, 20 ... seconds until the quiet window is over, then every 2.
void Scheduler::Machine::look_again(Index step) {
  Item& item = items_[step];
  static constexpr seconds gaps[] = {seconds(2), seconds(3), seconds(5), seconds(10), seconds(20)};
  const seconds gap = gaps[std::min<std::size_t>(static_cast<std::size_t>(item.lookups++), std::size(gaps) - 1)];
  polls_.want(scope_of(step), step,
              now_ < item.quiet_until ? std::min(now_ + gap, item.quiet_until) : now_ + seconds(2));
}

/// What is looked for from now on is the next one.
void Scheduler::Machine::failed_one_is_gone(Index step) {
  items_[step].removing_failed = false;
  items_[step].empty_reads = 0;
  items_[step].begun = Time{};
  results[step].object.reset();
  call_when_room(step, Call::create, "the failed one is gone, making a new one");
}

void Scheduler::Machine::poll_again(Index step) {
  if (results[step].state == StepState::looking_up) return look_again(step);
  polls_.want(scope_of(step), step, now_ + jitter_.spread(items_[step].poll_gap.next()));
}

bool Scheduler::Machine::overdue(Index step, const std::string& evidence) {
  const Item& item = items_[step];
  if (results[step].state == StepState::looking_up) {
    if (now_ - item.quiet_until < limit_of(step)) return false;
    finish(step, StepState::left, "it could not be looked up; the next run goes on: " + evidence);
    return true;
  }
  if (now_ - item.begun < limit_of(step)) return false;
  const std::string last = evidence.empty() ? std::string() : ": " + evidence;
  fail(step, Error(Fault::permanent,
                   fmt::format("not {} within {} s{}", removes(plan_.steps[step]) ? "gone" : "ready",
                               limit_of(step).count(), last),
                   "the next run goes on waiting for it; look at it with the backend's own tools"));
  return true;
}

}  // namespace muster::apply
