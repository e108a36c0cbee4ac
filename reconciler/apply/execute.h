#pragma once

// Carries out a plan: threads, sessions, intents, one transaction per outcome.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "reconciler/apply/scheduler.h"
#include "reconciler/apply/sessions.h"
#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"
#include "resources/contract/registry.h"
#include "state/store.h"

namespace muster::apply {

/// What people and machines see of a run while it goes on. Called on the coordinator's thread.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void step_changed(const plan::Plan& plan, std::size_t step, StepState state, const std::string& text) = 0;
  /// Now and then, at least twice a second while anything runs.
  virtual void tick(const plan::Plan& plan, const std::vector<StepState>& states) = 0;
};

struct Report {
  std::vector<StepResult> results;  ///< one per step of the plan
  bool interrupted = false;
  /// The database could take no more (a full disk): nothing was begun from then on, and steps that were under way are
  /// left. What is known of their outcome is in open intents.
  std::optional<Error> broken{};
  bool all_done() const;
};

/// How many changes ended in which state: a replacement is one, flushes are none.
std::map<StepState, std::size_t> tally(const plan::Plan& plan, const Report& report);

struct ExecuteInputs {
  const plan::Plan& plan;
  const std::vector<Resource>& resources;
  const plan::Snapshot& snapshot;
  const plan::FleetFacts& fleet;
  const Registry& registry;
  std::int64_t run_id = 0;                             ///< the history row of this run
  std::optional<std::chrono::seconds> longest_look{};  ///< no check may take longer, whatever the manifests say
};

/// Blocks until every step has ended or the context's stop token was asked for and the running verbs have finished.
/// Remote failures are in the report; throws only when the database fails, after which nothing new is started.
Report execute(const ExecuteInputs& inputs, Sessions& sessions, state::Store& store, SecretReader& secrets,
               EventSink& events, Context& context);

}  // namespace muster::apply
