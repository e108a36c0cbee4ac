// Removals that wait for those who still go by what was there before.

#include <chrono>

#include "reconciler/apply/scheduler_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::apply;
using std::chrono::seconds;

namespace {

/// 0: a record's update, flushed by 1; 2: the removal of the host it pointed to, 60 s after that; 3: another removal.
class DrainDrive : public Drive {
 public:
  DrainDrive() {
    const auto record = step(Verb::update, "record");
    const auto flush = step(Verb::flush, "zone");
    const auto old = step(Verb::remove, "old", {record});
    step(Verb::remove, "other");
    plan.steps[record].flush = flush;
    plan.steps[old].drains = {{record, seconds(60)}};
    options.concurrency["here"] = 1;
  }
};

}  // namespace

TEST_CASE("an old one goes only when so much time has passed since its record was published", "[drain]") {
  DrainDrive drive;
  drive.begin();
  CHECK(drive.take() == "update 0");
  drive.returned(0, Condition::ready);
  CHECK(drive.take() == "flush 1");
  drive.now += seconds(20);  // written, but not published: that does not count
  drive.gone(1);
  const Time published = drive.now;
  CHECK(drive.state(2) == StepState::waiting);
  SECTION("it holds no worker meanwhile") {
    CHECK(drive.take() == "remove 3");
    drive.gone(3);
    REQUIRE(drive.scheduler->wake_at() == published + seconds(60));
    drive.now = published + seconds(59);
    drive.tell(Tick{});
    CHECK(drive.take() == "");
    drive.to_next_wake();
    CHECK(drive.now == published + seconds(60));
    CHECK(drive.take() == "remove 2");
    drive.gone(2);
    CHECK(drive.scheduler->finished());
  }
  SECTION("an interrupt leaves it to the next run") {
    drive.gone(3);
    drive.take();
    drive.tell(Interrupted{});
    CHECK(drive.state(2) == StepState::left);
    CHECK(drive.take() == "");
    CHECK(drive.scheduler->finished());
  }
}

TEST_CASE("what an earlier run published is waited for as well", "[drain]") {
  Drive drive;
  const auto old = drive.step(Verb::remove, "old");
  drive.plan.steps[old].not_before = drive.now + seconds(25);
  drive.begin();
  CHECK(drive.take() == "");
  CHECK(drive.state(old) == StepState::waiting);
  drive.to_next_wake();
  CHECK(drive.now == drive.plan.steps[old].not_before);
  CHECK(drive.take() == "remove 0");
}

TEST_CASE("when the record could not be published, the old one stays", "[drain]") {
  DrainDrive drive;
  drive.begin();
  drive.returned(0, Condition::ready);
  drive.threw(1, Fault::denied);
  CHECK(drive.state(2) == StepState::skipped);
}

TEST_CASE("what a roll does before has to succeed as a need has to", "[drain]") {
  Drive drive;
  const auto first = drive.step(Verb::create, "first");
  const auto second = drive.step(Verb::create, "second");
  drive.plan.steps[second].after = {first};
  drive.begin();
  CHECK(drive.take() == "create 0");
  SECTION("it goes on") {
    drive.returned(first, Condition::ready);
    CHECK(drive.take() == "create 1");
  }
  SECTION("it stops") {
    drive.threw(first, Fault::permanent);
    CHECK(drive.state(second) == StepState::skipped);
    CHECK(drive.scheduler->results()[second].cause == first);
  }
}
