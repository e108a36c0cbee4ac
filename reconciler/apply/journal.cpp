#include "reconciler/apply/journal.h"

namespace muster::apply {
namespace {

Verb verb_of(Call call) {
  switch (call) {
    case Call::create:
    case Call::resume:
      return Verb::create;
    case Call::adopt:
      return Verb::adopt;
    case Call::update:
    case Call::put_back:
      return Verb::update;
    case Call::remove:
      return Verb::remove;
    case Call::flush:
      return Verb::flush;
  }
  return Verb::create;
}

state::StepOutcome outcome_of(const StepResult& result) {
  switch (result.state) {
    case StepState::done:
      return state::StepOutcome::succeeded;
    case StepState::skipped:
      return state::StepOutcome::skipped;
    case StepState::left:
    case StepState::not_started:
      return state::StepOutcome::interrupted;
    default:
      break;
  }
  const bool is_unclear = result.error && result.error->fault() == Fault::unclear;
  return is_unclear ? state::StepOutcome::unclear : state::StepOutcome::failed;
}

}  // namespace

Journal::Journal(const plan::Plan& plan, const Registry& registry, state::Store& store, const Redactor& redactor,
                 std::int64_t run_id)
    : plan_(plan), registry_(registry), store_(store), redactor_(redactor), run_id_(run_id) {
  std::map<ResourceId, state::IntentId> open;
  for (const state::Intent& intent : store.intents().list()) open.emplace(intent.resource, intent.id);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto intent = open.find(plan.steps[i].id);
    if (plan.steps[i].start == plan::Start::look_up && intent != open.end()) intents_.emplace(i, intent->second);
  }
}

void Journal::about_to(const RunVerb& run, Incarnation incarnation, const std::string& wanted_digest, Time now) {
  const plan::Step& step = plan_.steps[run.step];
  // What is seen as wanted after this, and remembered so, was not taken by this removal.
  if (run.call == Call::remove) store_.memos().erase({step.id});
  if (run.call == Call::flush) {
    std::vector<state::Debt>& debts = paying_[run.step];
    debts.clear();
    for (state::Debt& debt : store_.debts().list()) {
      if (debt.connection == step.connection && debt.target == step.id) debts.push_back(std::move(debt));
    }
    return;
  }
  if (registry_.driver(step.id.kind)->traits().pure_check) return;
  settle_intent(run.step);
  state::Intent intent;
  intent.resource = step.id;
  intent.verb = verb_of(run.call);
  intent.incarnation = incarnation;
  intent.connection = step.connection;
  if (run.object) intent.backend_id = run.object->backend_id;
  intent.wanted_digest = wanted_digest;
  intent.run = run_id_;
  intent.opened_at = now;
  intents_[run.step] = store_.intents().open(intent);
  // A kill between the write and its record must not lose the flush: the debt is there before the write.
  add_debt(run.step, now);
}

void Journal::verb_ended(const RunVerb& run, const VerbEnded& ended, Time now) {
  for (const std::string& id : ended.request_ids) request_ids_[run.step].push_back(redactor_.redact(id));
  if (run.call == Call::flush) {
    if (ended.error) return;
    for (const state::Debt& debt : paying_[run.step]) store_.debts().settle(debt);
    return;
  }
  // A flush that began while this write was under way did not cover it for certain: the debt grows once more. Of an
  // idempotent write that is to be done again the answer alone may be lost.
  const bool may_have_landed =
      !ended.error || ended.error->fault() == Fault::unclear || ended.error->fault() == Fault::transient;
  if (may_have_landed) add_debt(run.step, now);
  const auto intent = intents_.find(run.step);
  const bool is_unclear = ended.error && ended.error->fault() == Fault::unclear;
  if (is_unclear && intent != intents_.end()) {
    store_.intents().mark_unclear(intent->second, now);
    return;
  }
  settle_intent(run.step);
  if (ended.error) return;
  if (ended.object) {
    seen(*ended.object);
  } else if (run.object) {
    store_.observations().erase(*run.object);
  }
}

void Journal::seen(const Observed& object) {
  store_.observations().put(redacted(object));
  if (object.ownership == Ownership::claimable) {
    store_.claims().put({object.id, object.connection, object.backend_id, object.since, object.evidence});
  }
}

void Journal::absent(const Observed& object) { store_.observations().erase(object); }

void Journal::settle_intent(std::size_t step) {
  const auto intent = intents_.find(step);
  if (intent == intents_.end()) return;
  store_.intents().close(intent->second);
  intents_.erase(intent);
}

void Journal::step_ended(std::size_t step, const StepResult& result, Time begun, Time now) {
  const plan::Step& planned = plan_.steps[step];
  const bool never_flushed = planned.verb == Verb::flush && result.state == StepState::done && !paying_.contains(step);
  if (result.state != StepState::not_started && !never_flushed) {
    state::StepRecord record;
    record.run = run_id_;
    record.resource = planned.id;
    record.verb = planned.verb;
    record.outcome = outcome_of(result);
    record.started = begun;
    record.duration = now - begun;
    if (result.error) record.message = redactor_.redact(result.error->message());
    if (auto ids = request_ids_.extract(step)) record.request_ids = std::move(ids.mapped());
    store_.history().add(record);
  }
}

void Journal::about_to_end(const ResourceId& id) { store_.applied().erase(id); }

void Journal::forget(const ResourceId& id, const std::string& connection) {
  store_.claims().erase(id, connection);
  store_.applied().erase(id);
  store_.memos().erase({id});
}

void Journal::applied(const ResourceId& id, std::map<std::string, std::string> digests, Time now) {
  store_.applied().put({id, std::move(digests), now});
}

void Journal::add_debt(std::size_t step, Time now) {
  const plan::Step& planned = plan_.steps[step];
  if (planned.flush) store_.debts().add(planned.connection, plan_.steps[*planned.flush].id, now);
}

Observed Journal::redacted(const Observed& object) const {
  Observed clean = object;
  clean.evidence = redactor_.redact(object.evidence);
  return clean;
}

}  // namespace muster::apply
