#include "reconciler/apply/journal.h"

#include "reconciler/apply/backend_for_test.h"
#include "resources/contract/error.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::apply;
using muster::apply::testing::Fleet;
using muster::apply::testing::here;
using muster::apply::testing::seen_host;

namespace {

const ResourceId host{"test.host", "a"};
const ResourceId record_id{"test.record", "a"};
const ResourceId zone{"test.zone", "zone"};
const Incarnation incarnation{7};

enum Index : std::size_t { host_step, record_step, check_step, flush_step };

plan::Step step(Verb verb, const ResourceId& id) {
  plan::Step made;
  made.verb = verb;
  made.id = id;
  made.connection = id.kind == "test.check" ? "" : here;
  return made;
}

plan::Plan four_steps() {
  plan::Plan plan;
  plan.steps = {step(Verb::create, host), step(Verb::create, record_id), step(Verb::create, {"test.check", "a"}),
                step(Verb::flush, zone)};
  plan.steps[record_step].flush = flush_step;
  return plan;
}

Observed seen_record() {
  Observed object;
  object.id = record_id;
  object.connection = here;
  object.backend_id = "record-a";
  object.ownership = Ownership::ours;
  object.condition = Condition::ready;
  return object;
}

/// A run in the middle of its plan.
struct Run : Fleet {
  Run() {
    history_id = store.history().begin({.command = "apply", .who = "ada@bastion", .revision = "0-", .started = now()});
  }

  Time now() const { return clock.time; }
  std::vector<state::Intent> intents() { return store.intents().list(); }
  std::vector<state::Debt> debts() { return store.debts().list(); }
  Journal& journal() {
    if (!journal_) journal_.emplace(plan, registry, store, redactor, history_id);
    return *journal_;
  }

  plan::Plan plan = four_steps();
  state::RunId history_id = 0;

 private:
  std::optional<Journal> journal_;
};

StepResult ended(StepState state, std::optional<Error> error = {}) {
  StepResult result;
  result.state = state;
  result.error = std::move(error);
  return result;
}

VerbEnded succeeded(std::size_t index, std::optional<Observed> object) { return {index, std::move(object), {}}; }
VerbEnded failed(std::size_t index, Fault fault, const std::string& words) { return {index, {}, Error(fault, words)}; }

}  // namespace

TEST_CASE("before a call its intent is there, with what a later run needs to look it up") {
  Run run;
  run.journal().about_to({host_step, Call::create, {}}, incarnation, "digest", run.now());
  const auto intents = run.intents();
  REQUIRE(intents.size() == 1);
  CHECK(intents[0].resource == host);
  CHECK(intents[0].verb == Verb::create);
  CHECK(intents[0].incarnation == incarnation);
  CHECK(intents[0].connection == here);
  CHECK(intents[0].wanted_digest == "digest");
  CHECK(intents[0].run == run.history_id);
  CHECK(intents[0].opened_at == run.now());
  CHECK(intents[0].state == state::IntentState::opened);
  CHECK(run.debts().empty());
}

TEST_CASE("a check leaves no intent: nothing of it could leak") {
  Run run;
  run.journal().about_to({check_step, Call::create, {}}, {}, "digest", run.now());
  CHECK(run.intents().empty());
}

TEST_CASE("a removal's intent names the object") {
  Run run;
  run.plan.steps[host_step] = step(Verb::remove, host);
  run.journal().about_to({host_step, Call::remove, seen_host("a")}, incarnation, "", run.now());
  REQUIRE(run.intents().size() == 1);
  CHECK(run.intents()[0].verb == Verb::remove);
  CHECK(run.intents()[0].backend_id == "host-a");
}

TEST_CASE("an answer closes the intent and leaves the observation, both or neither") {
  Run run;
  const RunVerb create{host_step, Call::create, {}};
  run.journal().about_to(create, incarnation, "digest", run.now());
  SECTION("a kill before the commit undoes both") {
    {
      const state::Transaction undone = run.store.transaction();
      run.journal().verb_ended(create, succeeded(host_step, seen_host("a")), run.now());
      CHECK(run.intents().empty());
      CHECK(run.cache().load(host).size() == 1);
    }
    CHECK(run.intents().size() == 1);
    CHECK(run.cache().load(host).empty());
  }
  SECTION("committed, both are there") {
    state::Transaction done = run.store.transaction();
    run.journal().verb_ended(create, succeeded(host_step, seen_host("a")), run.now());
    done.commit();
    CHECK(run.intents().empty());
    REQUIRE(run.cache().load(host).size() == 1);
    CHECK(run.cache().load(host)[0].observed == seen_host("a"));
  }
}

TEST_CASE("a clear failure closes the intent and leaves no observation") {
  Run run;
  const RunVerb create{host_step, Call::create, {}};
  run.journal().about_to(create, incarnation, "digest", run.now());
  run.journal().verb_ended(create, failed(host_step, Fault::denied, "403"), run.now());
  CHECK(run.intents().empty());
  CHECK(run.cache().load(host).empty());
}

TEST_CASE("an unclear answer keeps the intent open from the first moment of doubt, until it is settled") {
  Run run;
  const RunVerb create{host_step, Call::create, {}};
  run.journal().about_to(create, incarnation, "digest", run.now());
  const Time doubt = run.now() + std::chrono::seconds(5);
  run.journal().verb_ended(create, failed(host_step, Fault::unclear, "reset"), doubt);
  REQUIRE(run.intents().size() == 1);
  CHECK(run.intents()[0].state == state::IntentState::unclear);
  CHECK(run.intents()[0].unclear_since == doubt);
  run.journal().settle_intent(host_step);
  CHECK(run.intents().empty());
}

TEST_CASE("a run that looks up an earlier run's create settles that intent, and a new try replaces it") {
  Run run;
  run.store.intents().open({.resource = host, .incarnation = incarnation});
  run.plan.steps[host_step].start = plan::Start::look_up;
  run.journal().about_to({host_step, Call::create, {}}, Incarnation{8}, "digest", run.now());
  REQUIRE(run.intents().size() == 1);
  CHECK(run.intents()[0].incarnation == Incarnation{8});
}

TEST_CASE("a removal that left nothing behind erases the observation") {
  Run run;
  run.plan.steps[host_step] = step(Verb::remove, host);
  run.cache().put(seen_host("a"));
  run.journal().verb_ended({host_step, Call::remove, seen_host("a")}, succeeded(host_step, {}), run.now());
  CHECK(run.cache().load(host).empty());
}

TEST_CASE("the debt of a write is there before the write, and grows with its answer") {
  Run run;
  const RunVerb create{record_step, Call::create, {}};
  run.journal().about_to(create, {}, "digest", run.now());
  REQUIRE(run.debts().size() == 1);
  CHECK(run.debts()[0].target == zone);
  CHECK(run.debts()[0].connection == here);
  CHECK(run.debts()[0].writes == 1);
  run.journal().verb_ended(create, succeeded(record_step, seen_record()), run.now());
  CHECK(run.debts()[0].writes == 2);
}

TEST_CASE("a write whose answer was lost may have been done and owes a flush; a refused one adds nothing") {
  for (const auto& [fault, writes] :
       {std::pair{Fault::unclear, 2}, std::pair{Fault::transient, 2}, std::pair{Fault::denied, 1}}) {
    Run run;
    const RunVerb create{record_step, Call::create, {}};
    run.journal().about_to(create, {}, "digest", run.now());
    run.journal().verb_ended(create, failed(record_step, fault, "no"), run.now());
    REQUIRE(run.debts().size() == 1);
    CHECK(run.debts()[0].writes == writes);
  }
}

TEST_CASE("a flush pays what was owed when it began; a failed one, or a write meanwhile, leaves the debt") {
  const RunVerb flush{flush_step, Call::flush, {}};
  const RunVerb create{record_step, Call::create, {}};
  Run run;
  run.journal().about_to(create, {}, "digest", run.now());
  run.journal().verb_ended(create, succeeded(record_step, seen_record()), run.now());

  run.journal().about_to(flush, {}, "", run.now());
  run.journal().verb_ended(flush, failed(flush_step, Fault::transient, "503"), run.now());
  CHECK(run.debts().size() == 1);

  run.journal().about_to(flush, {}, "", run.now());
  run.store.debts().add(here, zone, run.now());
  run.journal().verb_ended(flush, succeeded(flush_step, {}), run.now());
  CHECK(run.debts().size() == 1);

  run.journal().about_to(flush, {}, "", run.now());
  run.journal().verb_ended(flush, succeeded(flush_step, {}), run.now());
  CHECK(run.debts().empty());
  CHECK(run.store.intents().list().empty());
}

TEST_CASE("a step's end is history with its words; what never began is not") {
  Run run;
  const StepResult refused = ended(StepState::failed, Error(Fault::permanent, "No valid host was found"));
  run.journal().step_ended(host_step, refused, run.now(), run.now() + std::chrono::milliseconds(1500));
  run.journal().step_ended(record_step, ended(StepState::not_started), {}, run.now());
  const StepResult unclear = ended(StepState::failed, Error(Fault::unclear, "no whole answer"));
  run.journal().step_ended(record_step, unclear, run.now(), run.now());
  run.journal().step_ended(check_step, ended(StepState::skipped), run.now(), run.now());
  run.journal().step_ended(flush_step, ended(StepState::left), run.now(), run.now());
  const auto steps = run.store.history().steps(run.history_id);
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].resource == host);
  CHECK(steps[0].outcome == state::StepOutcome::failed);
  CHECK(steps[0].message == "No valid host was found");
  CHECK(steps[0].duration == std::chrono::milliseconds(1500));
  CHECK(steps[1].outcome == state::StepOutcome::unclear);
  CHECK(steps[2].outcome == state::StepOutcome::skipped);
  CHECK(steps[3].outcome == state::StepOutcome::interrupted);
}

TEST_CASE("no secret reaches the database, neither in a server's evidence nor in its refusal") {
  Run run;
  run.redactor.add("hunter22");
  Observed object = seen_host("a");
  object.evidence = "user_data: hunter22";
  run.journal().seen(object);
  CHECK(run.cache().load(host).at(0).observed.evidence == "user_data: [secret]");
  const StepResult refused = ended(StepState::failed, Error(Fault::invalid, "hunter22 is too short"));
  run.journal().step_ended(host_step, refused, run.now(), run.now());
  CHECK(run.store.history().steps(run.history_id).at(0).message == "[secret] is too short");
}

TEST_CASE("a poll that confirms absence erases, one of an object that can only be claimed claims it") {
  Run run;
  run.plan.steps[host_step].object = seen_host("a");
  run.cache().put(seen_host("a"));
  run.journal().absent(seen_host("a"));
  CHECK(run.cache().load(host).empty());

  Observed claimable = seen_record();
  claimable.ownership = Ownership::claimable;
  run.journal().seen(claimable);
  REQUIRE(run.store.claims().list().size() == 1);
  CHECK(run.store.claims().list()[0].id == record_id);

  run.journal().applied(record_id, {{"ttl", "d1"}}, run.now());
  CHECK(run.store.applied().find(record_id).has_value());
  run.journal().forget(record_id, here);
  CHECK(run.store.claims().list().empty());
  CHECK_FALSE(run.store.applied().find(record_id).has_value());
}
