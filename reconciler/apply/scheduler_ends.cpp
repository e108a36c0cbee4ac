// How steps end, and what that means for others.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reconciler/apply/scheduler_machine.h"

namespace muster::apply {

using std::chrono::milliseconds;

/// Who was asked to wait did not try: waiting is bounded by the step's time alone.
milliseconds Scheduler::Machine::pause_before_retry(Index step, const Error& error) {
  Item& item = items_[step];
  if (was_asked_to_wait(error)) --item.attempts;
  return error.retry_after().value_or(retry_delay(item.attempts, jitter_));
}

void Scheduler::Machine::retry(Index step, const Error& error) {
  Item& item = items_[step];
  const milliseconds delay = pause_before_retry(step, error);
  if (now_ + delay - item.begun > limit_of(step)) return fail(step, error);
  announce(step, StepState::retrying, error.message());
  item.next = item.last;
  timers_.emplace(now_ + delay, step);
}

void Scheduler::Machine::succeed(Index step) {
  results[step].error.reset();
  const auto flush = plan_.steps[step].flush;
  if (!flush || !items_[step].called) return finish(step, StepState::done, {});
  announce(step, StepState::written, {});
  flushes_.written(*flush, step, now_);
  release_dependents(step, Release::sharing_its_flush);
  if (interrupted_) finish(step, StepState::left, "written; the next run flushes");
}

void Scheduler::Machine::fail(Index step, Error error) {
  std::string text = error.message();
  results[step].error = std::move(error);
  finish(step, StepState::failed, std::move(text));
}

/// With all that ends because of it, however long the chain is.
void Scheduler::Machine::finish(Index step, StepState state, std::string text) {
  endings_.push_back({step, state, std::move(text)});
  if (ending_) return;
  ending_ = true;
  while (!endings_.empty()) {
    Ending ending = std::move(endings_.front());
    endings_.pop_front();
    if (!is_end(results[ending.step].state)) end(ending.step, ending.state, std::move(ending.text));
  }
  ending_ = false;
}

void Scheduler::Machine::end(Index step, StepState state, std::string text) {
  const StepState before = results[step].state;
  polls_.forget(step);
  items_[step].ended = now_;
  announce(step, state, std::move(text));
  --open_steps_;
  const plan::Step& planned = plan_.steps[step];
  if (planned.flush && before != StepState::written) {
    flushes_.ended(*planned.flush, items_[step].called);
    const bool nothing_to_flush = flushes_.is_idle(*planned.flush) && !is_end(results[*planned.flush].state);
    if (nothing_to_flush) end_unneeded(*planned.flush);
  }
  if (planned.stage > 0 && state != StepState::done) broken_stages_.try_emplace(planned.connection, step);
  if (planned.stage > 0 && --open_in_stage_[planned.stage] == 0) {
    for (Index i = 0; i < plan_.steps.size(); ++i) {
      if (plan_.steps[i].stage > planned.stage) make_ready_if(i);
    }
  }
  for (Index follower : items_[step].followed_by) {
    --items_[follower].open_follows;
    make_ready_if(follower);
  }
  if (state == StepState::done) {
    release_dependents(step, before == StepState::written ? Release::not_sharing_its_flush : Release::all);
  } else {
    skip_dependents(step);
  }
}

/// Nothing of what it covers was written since it last ran. That it never had to run is no failure of its own.
void Scheduler::Machine::end_unneeded(Index flush) {
  const bool all_well = std::none_of(plan_.steps.begin(), plan_.steps.end(), [&](const plan::Step& step) {
    return step.flush == flush && results[static_cast<Index>(&step - plan_.steps.data())].state != StepState::done;
  });
  finish(flush, items_[flush].called || all_well ? StepState::done : StepState::not_started, {});
}

/// Records of one zone that need each other take effect together: only others wait for the flush.
void Scheduler::Machine::release_dependents(Index step, Release which) {
  const auto flush = plan_.steps[step].flush;
  for (Index dependent : items_[step].needed_by) {
    const bool shares = flush && plan_.steps[dependent].flush == flush;
    if ((which == Release::sharing_its_flush && !shares) || (which == Release::not_sharing_its_flush && shares))
      continue;
    --items_[dependent].open_needs;
    make_ready_if(dependent);
  }
}

void Scheduler::Machine::skip_dependents(Index step) {
  const StepState state = results[step].state;
  const Index cause = state == StepState::skipped ? results[step].cause : step;
  const bool broken = state == StepState::failed || state == StepState::skipped;
  for (Index dependent : items_[step].needed_by) {
    if (results[dependent].state != StepState::blocked) continue;
    results[dependent].cause = cause;
    finish(dependent, broken ? StepState::skipped : StepState::not_started,
           broken ? fmt::format("needs {}", plan_.steps[cause].id.to_string()) : std::string());
  }
}

}  // namespace muster::apply
