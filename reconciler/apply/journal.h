#pragma once

// What an apply writes down: intents before calls, outcomes, observations, debts and history. All within the caller's
// transaction. Texts and values pass the redactor.

#include <map>
#include <string>
#include <vector>

#include "reconciler/apply/scheduler.h"
#include "reconciler/plan/plan.h"
#include "resources/contract/registry.h"
#include "resources/contract/secret.h"
#include "state/store.h"

namespace muster::apply {

class Journal {
 public:
  Journal(const plan::Plan& plan, const Registry& registry, state::Store& store, const Redactor& redactor,
          std::int64_t run_id);

  /// Before the call: the intent, and the debt that the write is going to make.
  void about_to(const RunVerb& run, Incarnation incarnation, const std::string& wanted_digest, Time now);
  /// With the intent of a removal that leaves nothing of this id: should the run be killed, the next one finds what
  /// this one removed, and nothing that has vanished.
  void about_to_end(const ResourceId& id);
  /// After it.
  void verb_ended(const RunVerb& run, const VerbEnded& ended, Time now);
  /// A poll saw it.
  void seen(const Observed& object);
  /// A poll confirmed that it is not there.
  void absent(const Observed& object);
  /// An unclear create was found, or given up.
  void settle_intent(std::size_t step);
  /// A step has ended.
  void step_ended(std::size_t step, const StepResult& result, Time begun, Time now);
  /// A step is as wanted: what is remembered to tell the manifest's changes from drift.
  void applied(const ResourceId& id, std::map<std::string, std::string> digests, Time now);
  /// Nothing of this id is there any more, and none is wanted.
  void forget(const ResourceId& id, const std::string& connection);

 private:
  void add_debt(std::size_t step, Time now);
  Observed redacted(const Observed& object) const;

  const plan::Plan& plan_;
  const Registry& registry_;
  state::Store& store_;
  const Redactor& redactor_;
  std::int64_t run_id_;
  std::map<std::size_t, state::IntentId> intents_;
  std::map<std::size_t, std::vector<std::string>> request_ids_;  ///< of steps that have not ended
  std::map<std::size_t, std::vector<state::Debt>> paying_;       ///< flush step -> debts as they were when it began
};

}  // namespace muster::apply
