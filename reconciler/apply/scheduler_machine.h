#pragma once

// The inside of the scheduler, shared by its sources: scheduler.cpp begins steps, scheduler_answers.cpp reads what came
// back, scheduler_ends.cpp ends steps.

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/apply/backoff.h"
#include "reconciler/apply/flush_queue.h"
#include "reconciler/apply/poll_queue.h"
#include "reconciler/apply/ready_queue.h"
#include "reconciler/apply/scheduler.h"

namespace muster::apply {

class Scheduler::Machine {
 public:
  using Index = std::size_t;

  Machine(const plan::Plan& plan, SchedulerOptions options, Time now);
  std::vector<Action> handle(const Event& event, Time now);
  std::optional<Time> wake_at() const;
  bool finished() const;

  std::vector<StepResult> results;

 private:
  /// What only the machine needs to know of a step.
  struct Item {
    ReadyQueue::Group group = 0;
    Index open_needs = 0;
    Index open_follows = 0;
    std::vector<Index> needed_by;
    std::vector<Index> followed_by;
    int attempts = 0;
    int recreations = 0;
    int lookups = 0;
    int empty_reads = 0;
    bool called = false;           ///< something may have been written
    std::optional<Call> next;      ///< to be called once its connection has room
    Call last = Call::create;      ///< what was called before, for a retry
    bool removing_failed = false;  ///< a create that failed is being cleared away before the next one
    bool putting_back = false;     ///< what was updated has failed, and what was there before is put back
    std::string failure;           ///< how it failed
    Time begun{};
    Time ended{};
    Time quiet_until{};
    std::string doubt;  ///< what came instead of a clear answer to the last create
    Time asked_at{};    ///< when the last read that it is part of began
    Backoff poll_gap{std::chrono::milliseconds(500), std::chrono::milliseconds(10'000)};
  };

  void take(const VerbEnded& event);
  void take(const PollEnded& event);
  void take(const Tick&) {}
  void take(const Interrupted&);

  void verb_failed(Index step, const Error& error);
  void flush_ended(Index step, const std::optional<Error>& error);
  void leave_unflushed(Index flush);
  void look_at(Index step, const Observed& object);
  void absent(Index step);
  void object_failed(Index step, const Observed& object);
  void put_back_ended(Index step, const std::string& how);
  void nothing_appeared(Index step);
  void look_again(Index step);
  void poll_again(Index step);
  void failed_one_is_gone(Index step);
  bool overdue(Index step, const std::string& evidence);

  void start_ready();
  void start_timers();
  void start_flushes();
  void start_polls();
  void begin(Index step);
  void call_when_room(Index step, Call verb, std::string text);
  void call(Index step, Call verb);
  bool has_room(const std::string& connection) const;
  bool stage_is_open(int stage) const;
  std::optional<Index> broken_stage_before(Index step) const;
  void make_ready(Index step) { ready_[plan_.steps[step].connection].add(items_[step].group, step); }
  void make_ready_if(Index step);
  Time drained_at(Index step) const;

  void wait(Index step, std::string text);
  void succeed(Index step);
  void finish(Index step, StepState state, std::string text);
  void end(Index step, StepState state, std::string text);
  void fail(Index step, Error error);
  void retry(Index step, const Error& error);
  std::chrono::milliseconds pause_before_retry(Index step, const Error& error);
  enum class Release { all, sharing_its_flush, not_sharing_its_flush };
  void end_unneeded(Index flush);
  void release_dependents(Index step, Release which);
  void skip_dependents(Index step);
  void announce(Index step, StepState state, std::string text);
  plan::Scope scope_of(Index step) const { return {plan_.steps[step].connection, plan_.steps[step].id.kind}; }
  /// What was there before has less time left than one that is made now.
  std::chrono::seconds limit_of(Index step) const {
    return items_[step].recreations > 0 ? options_.fresh_limits[step] : options_.limits[step];
  }
  bool is_flush(Index step) const { return plan_.steps[step].verb == Verb::flush; }

  const plan::Plan& plan_;
  SchedulerOptions options_;
  Time now_;
  Jitter jitter_;
  std::vector<Item> items_;
  std::map<std::string, ReadyQueue> ready_;  ///< per connection
  std::map<std::string, int> running_;
  std::map<int, Index> open_in_stage_;
  std::map<std::string, Index> broken_stages_;  ///< connection -> the first staged step that did not succeed
  std::set<std::pair<Time, Index>> timers_;
  std::set<std::pair<Time, Index>> drains_;  ///< what waits for nothing but time to pass
  PollQueue polls_;
  FlushQueue flushes_;
  struct Ending {
    Index step;
    StepState state;
    std::string text;
  };
  std::deque<Ending> endings_;  ///< of steps that end because others do
  bool ending_ = false;
  Index open_steps_;
  Index running_verbs_ = 0;
  bool interrupted_ = false;
  std::vector<Action> actions_;
};

/// Whether a step creates: the first half of a replacement does.
inline bool creates(const plan::Step& step) {
  return step.verb == Verb::create || (step.verb == Verb::replace && step.half == plan::Half::create_new);
}

/// A server that says when to come back has done nothing.
inline bool was_asked_to_wait(const Error& error) {
  return error.fault() == Fault::transient && error.retry_after().has_value();
}

inline bool removes(const plan::Step& step) {
  return step.verb == Verb::remove || (step.verb == Verb::replace && step.half == plan::Half::remove_old);
}

}  // namespace muster::apply
