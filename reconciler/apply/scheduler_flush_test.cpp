#include "reconciler/apply/scheduler_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::apply;
using plan::Start;

namespace {

/// Two records and what needs the first of them, over one flush.
struct FlushDrive : Drive {
  FlushDrive() {
    step(Verb::create, "one");
    step(Verb::create, "two");
    step(Verb::create, "check", {0});
    step(Verb::flush, "zone");
    plan.steps[0].flush = plan.steps[1].flush = 3;
  }
};

}  // namespace

TEST_CASE("a write counts once a flush that began after it has succeeded") {
  FlushDrive drive;
  drive.begin();
  CHECK(drive.take() == "create 0, create 1");
  drive.returned(0, Condition::ready);
  CHECK(drive.state(0) == StepState::written);
  CHECK(drive.take().empty());
  SECTION("the last write is flushed at once") {
    drive.returned(1, Condition::ready);
    CHECK(drive.take() == "flush 3");
    drive.gone(3);
    CHECK(drive.take() == "create 2");
    CHECK(drive.state(3) == StepState::done);
  }
  SECTION("an early write does not wait for a late one for ever, and the late one is flushed as well") {
    drive.to_next_wake();
    CHECK(drive.take() == "flush 3");
    drive.returned(1, Condition::ready);
    CHECK(drive.take().empty());  // one in flight
    drive.gone(3);
    CHECK(drive.take() == "flush 3, create 2");
    CHECK(drive.state(1) == StepState::written);
    drive.gone(3);
    CHECK(drive.state(1) == StepState::done);
  }
  SECTION("writes are flushed although another one failed") {
    drive.threw(1, Fault::permanent);
    CHECK(drive.take() == "flush 3");
  }
}

TEST_CASE("flushes keep to what their connection may do at once, as other verbs do") {
  Drive drive;
  for (const char* name : {"one", "two", "three"}) {
    const auto record = drive.step(Verb::create, name);
    const auto zone = drive.step(Verb::flush, std::string("zone of ") + name);
    drive.plan.steps[record].flush = zone;
  }
  drive.options.concurrency["here"] = 2;
  drive.begin();
  CHECK(drive.take() == "create 0, create 2");
  drive.returned(0, Condition::ready);
  drive.returned(2, Condition::ready);
  CHECK(drive.take() == "flush 1, flush 3");
  drive.gone(1);
  CHECK(drive.take() == "create 4");
  drive.returned(4, Condition::ready);
  CHECK(drive.take() == "flush 5");
}

TEST_CASE("writes that share a flush do not wait for it between themselves") {
  FlushDrive drive;
  drive.plan.steps[1].needs = {0};
  drive.begin();
  drive.returned(0, Condition::ready);
  CHECK(drive.take() == "create 0, create 1");
  drive.returned(1, Condition::ready);
  CHECK(drive.take() == "flush 3");
  drive.gone(3);
  CHECK(drive.take() == "create 2");
}

TEST_CASE("a failing flush is a failed step, and its writes have not succeeded") {
  FlushDrive drive;
  drive.begin();
  drive.returned(0, Condition::ready);
  drive.returned(1, Condition::ready);
  drive.take();
  drive.threw(3, Fault::denied);
  CHECK(drive.state(3) == StepState::failed);
  CHECK(drive.state(0) == StepState::skipped);
  CHECK(drive.state(2) == StepState::skipped);
  CHECK(drive.scheduler->results()[2].cause == 3);
  CHECK(drive.scheduler->finished());
}

TEST_CASE("a flush that is asked to wait waits, however often, and is published in the end") {
  FlushDrive drive;
  drive.begin();
  drive.returned(0, Condition::ready);
  drive.returned(1, Condition::ready);
  for (int wait = 0; wait < 20; ++wait) {
    drive.tell(VerbEnded{3, std::nullopt, Error(Fault::transient, "429").with_retry_after(std::chrono::seconds(20))});
    REQUIRE(drive.state(3) == StepState::retrying);
    drive.to_next_wake();
  }
  drive.gone(3);
  CHECK(drive.state(0) == StepState::done);
}

TEST_CASE("a flush that is asked to wait for longer than it has fails, in the server's words") {
  FlushDrive drive;
  drive.begin();
  drive.returned(0, Condition::ready);
  drive.returned(1, Condition::ready);
  drive.tell(VerbEnded{3, std::nullopt, Error(Fault::transient, "429").with_retry_after(std::chrono::hours(1))});
  CHECK(drive.state(3) == StepState::failed);
  CHECK(drive.scheduler->results()[3].error->message() == "429");
}

TEST_CASE("a flush that an earlier run owes runs although nothing is written") {
  Drive drive;
  drive.step(Verb::flush, "zone");
  drive.begin();
  CHECK(drive.take() == "flush 0");
  drive.threw(0, Fault::transient);
  drive.to_next_wake();
  CHECK(drive.take() == "flush 0");
  drive.gone(0);
  CHECK(drive.scheduler->finished());
}

TEST_CASE("nothing is flushed when nothing was written") {
  FlushDrive drive;
  drive.plan.steps[0].needs = drive.plan.steps[1].needs = {drive.step(Verb::create, "host")};
  drive.begin();
  drive.threw(4, Fault::permanent);
  CHECK(drive.take() == "create 4");
  CHECK(drive.state(3) == StepState::not_started);
  CHECK(drive.scheduler->finished());
}

TEST_CASE("a flush for which nothing was left to write is done") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.step(Verb::flush, "zone");
  drive.plan.steps[0].start = Start::wait;
  drive.plan.steps[0].flush = 1;
  drive.begin();
  drive.to_next_wake();
  drive.polled(0, Condition::ready);
  CHECK(drive.state(1) == StepState::done);
  CHECK(drive.scheduler->finished());
}

TEST_CASE("an interrupt before anything was written leaves the flush as it was, not done") {
  Drive drive;
  const auto host = drive.step(Verb::create, "host");
  const auto record = drive.step(Verb::create, "record", {host});
  const auto flush = drive.step(Verb::flush, "zone");
  drive.plan.steps[record].flush = flush;
  drive.begin();
  drive.returned(host, Condition::progressing);
  drive.tell(Interrupted{});
  CHECK(drive.state(host) == StepState::left);
  CHECK(drive.state(record) == StepState::not_started);
  CHECK(drive.state(flush) == StepState::not_started);
  CHECK(drive.scheduler->finished());
}

TEST_CASE("a flush that runs when the interrupt comes still counts for what it covers") {
  FlushDrive drive;
  drive.begin();
  drive.returned(0, Condition::ready);
  drive.to_next_wake();
  drive.tell(Interrupted{});
  drive.returned(1, Condition::ready);
  drive.gone(3);
  CHECK(drive.state(0) == StepState::done);
  CHECK(drive.state(1) == StepState::left);
  CHECK(drive.scheduler->finished());
}
