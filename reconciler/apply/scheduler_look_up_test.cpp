// A create that got no clear answer is looked for before anything else is done about it.

#include <chrono>
#include <vector>

#include "reconciler/apply/scheduler_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::apply;
using std::chrono::seconds;

TEST_CASE("an unclear create is looked up, never repeated, until the quiet window is over") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.traits.quiet_window = seconds(30);
  drive.begin();
  const Time sent = drive.now;
  drive.threw(0, Fault::unclear);
  CHECK(drive.take() == "create 0, poll 0");
  SECTION("it is found") {
    drive.polled(0, Condition::ready);
    CHECK(drive.state(0) == StepState::done);
    CHECK(drive.take().empty());
  }
  SECTION("it never appears") {
    std::vector<seconds> lookups;
    while (drive.state(0) == StepState::looking_up) {
      drive.polled(0, std::nullopt);
      if (drive.state(0) != StepState::looking_up) break;
      drive.to_next_wake();
      CHECK(drive.take() == "poll 0");
      lookups.push_back(std::chrono::duration_cast<seconds>(drive.now - sent));
    }
    CHECK(drive.take() == "create 0");
    CHECK(lookups == std::vector<seconds>{seconds(2), seconds(5), seconds(10), seconds(20), seconds(30)});
  }
  SECTION("a read that failed shows nothing, nor does one that began before the window was over") {
    const PollEnded failed{{"here", "test.thing"}, {0}, {std::nullopt}, Error(Fault::transient, "503")};
    for (int i = 0; i < 2; ++i) {
      drive.polled(0, std::nullopt);
      drive.to_next_wake();
    }
    CHECK(drive.take() == "poll 0, poll 0");
    drive.now += seconds(60);
    drive.polled(0, std::nullopt);
    drive.to_next_wake();
    CHECK(drive.take() == "poll 0");
    drive.tell(failed);
    drive.to_next_wake();
    CHECK(drive.take() == "poll 0");
    drive.polled(0, std::nullopt);
    CHECK(drive.take() == "create 0");
  }
}

TEST_CASE("a removal that waits for what may appear is not done because nobody could look") {
  Drive drive;
  drive.step(Verb::remove, "a");
  drive.plan.steps[0].start = plan::Start::look_up;
  drive.plan.steps[0].object.reset();
  drive.plan.steps[0].quiet_until = drive.now + seconds(3);
  drive.begin();
  const PollEnded failed{{"here", "test.thing"}, {0}, {std::nullopt}, Error(Fault::transient, "503")};
  for (int i = 0; i < 2; ++i) {
    drive.polled(0, std::nullopt);
    drive.to_next_wake();
  }
  for (int i = 0; i < 2; ++i) {
    drive.tell(failed);
    CHECK(drive.state(0) == StepState::looking_up);
    drive.to_next_wake();
  }
  drive.polled(0, std::nullopt);
  CHECK(drive.state(0) == StepState::done);
}

TEST_CASE("an unclear create of a kind without stamps is completed once it shows") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.traits.stampable = false;
  drive.begin();
  drive.threw(0, Fault::unclear);
  drive.take();
  drive.polled(0, Condition::ready);
  CHECK(drive.take() == "create 0");
}

TEST_CASE("a look-up that never gets a complete answer is left to the next run") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.begin();
  drive.threw(0, Fault::unclear);
  drive.now += seconds(60 + 601);
  drive.tell(PollEnded{{"here", "test.thing"}, {0}, {std::nullopt}, Error(Fault::transient, "cell 2 is silent")});
  CHECK(drive.state(0) == StepState::left);
}
