#pragma once

// The one thread that owns the database during an apply. coordinator.cpp moves events and actions between the
// scheduler, the journal and the workers; coordinator_calls.cpp prepares what the workers do.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/apply/execute.h"
#include "reconciler/apply/journal.h"
#include "reconciler/apply/mailbox.h"
#include "reconciler/apply/scheduler.h"
#include "reconciler/apply/verbs.h"
#include "reconciler/apply/worker_pool.h"

namespace muster::apply {

class Coordinator {
 public:
  Coordinator(const ExecuteInputs& inputs, Sessions& sessions, state::Store& store, SecretReader& secrets,
              EventSink& events, Context& context);
  Report run();

 private:
  using Index = std::size_t;
  /// A verb that was decided and journalled; it is dispatched once that is durable.
  struct Prepared {
    VerbJob job;
    std::optional<VerbEnded> answer;  ///< no call is needed, or none is possible: the scheduler is told at once

    void refuse(Error error) { answer = VerbEnded{job.step, std::nullopt, std::move(error)}; }
  };

  SchedulerOptions scheduler_options() const;
  std::size_t pool_size() const;
  void collect_live();

  /// Until every step has ended.
  void go_on(bool& interrupted);
  void pass(const std::vector<Event>& events);
  void record(const Event& event);
  void carry_out(const std::vector<Action>& actions, std::vector<Prepared>& verbs, std::vector<PollJob>& polls);
  void reached(Milestone milestone, Index step) const;
  void announced(const Announce& announce);
  void gone(const Observed& object);
  std::map<std::string, std::string> digests_of_done(const plan::Step& step, const Resource& resource) const;

  Prepared prepare(const RunVerb& run);
  void prepare_write(const RunVerb& run, const Resource& resource, Prepared& prepared);
  static void keep_of_stamp(const Resource& resource, VerbJob& job);
  void find_changes(const Resource& resource, VerbJob& job) const;
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
  Context poll_context_;  ///< reads end at once when stopped
  const Time wall_start_;
  const std::chrono::steady_clock::time_point steady_start_;
  const std::map<ResourceId, const Resource*> resources_;
  Journal journal_;
  std::map<ResourceId, Observed> live_;  ///< the keeper of each id as last seen
  std::map<Index, RunVerb> running_;
  std::vector<Incarnation> incarnations_;  ///< per step, of the object it makes or acts on
  std::vector<Time> begun_;
  std::vector<StepState> states_;
  std::vector<bool> removing_;                        ///< the last verb called for the step was a removal
  std::vector<bool> dispatched_;                      ///< a verb of the step was handed to a worker
  std::vector<Announce> news_;                        ///< to be told once it is durable
  std::vector<std::pair<Milestone, Index>> durable_;  ///< reached with the next commit
  std::vector<Event> answered_;                       ///< to be told to the scheduler in the next pass
  Scheduler scheduler_;
  Mailbox<Event> mailbox_;
  WorkerPool pool_;  ///< last: its threads use the members above
};

inline bool is_removal(const plan::Step& step) {
  return step.verb == Verb::remove || step.half == plan::Half::remove_old;
}

}  // namespace muster::apply
