#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "reconciler/apply/ready_queue.h"
#include "reconciler/apply/scheduler_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::apply;
using plan::Start;
using std::chrono::seconds;

TEST_CASE("a step begins when all it needs have succeeded") {
  Drive drive;
  const auto a = drive.step(Verb::create, "a");
  const auto b = drive.step(Verb::create, "b");
  drive.step(Verb::create, "c", {a, b});
  drive.begin();
  CHECK(drive.take() == "create 0, create 1");
  drive.returned(a, Condition::ready);
  CHECK(drive.take().empty());
  drive.returned(b, Condition::ready);
  CHECK(drive.take() == "create 2");
  drive.returned(2, Condition::ready);
  CHECK(drive.scheduler->finished());
}

TEST_CASE("an adoption is called once, and again when its answer was lost: it makes nothing") {
  Drive drive;
  const auto a = drive.step(Verb::adopt, "a");
  drive.step(Verb::create, "b", {a});
  drive.begin();
  CHECK(drive.take() == "adopt 0");
  drive.threw(a, Fault::unclear);
  CHECK(drive.state(a) == StepState::retrying);
  drive.to_next_wake();
  CHECK(drive.take() == "adopt 0");
  drive.returned(a, Condition::ready);
  CHECK(drive.take() == "create 1");
}

TEST_CASE("an object that turns out to have failed when it is adopted is never made anew") {
  Drive drive;
  const auto a = drive.step(Verb::adopt, "a");
  drive.begin();
  drive.take();
  drive.returned(a, Condition::failed, "no host");
  CHECK(drive.take().empty());
  CHECK(drive.state(a) == StepState::failed);
}

TEST_CASE("no more verbs run on a connection than it allows; a waiting step holds none of them") {
  Drive drive;
  for (const char* name : {"a", "b", "c"}) drive.step(Verb::create, name);
  drive.options.concurrency["here"] = 1;
  drive.begin();
  CHECK(drive.take() == "create 0");
  drive.returned(0, Condition::progressing);
  CHECK(drive.take() == "create 1");
  drive.threw(1, Fault::permanent);
  CHECK(drive.take() == "create 2");
}

TEST_CASE("waiting steps of one scope are read together, until each is ready") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.step(Verb::create, "b");
  drive.begin();
  drive.returned(0, Condition::progressing);
  drive.returned(1, Condition::progressing);
  drive.take();
  drive.to_next_wake();
  CHECK(drive.take() == "poll 0 1");
  CHECK_FALSE(drive.scheduler->wake_at().has_value());
  PollEnded ended;
  ended.scope = {"here", "test.thing"};
  ended.steps = {0, 1};
  ended.objects = {Drive::thing("a", Condition::ready), Drive::thing("b", Condition::progressing)};
  drive.tell(ended);
  CHECK(drive.state(0) == StepState::done);
  drive.to_next_wake();
  CHECK(drive.take() == "poll 1");
}

TEST_CASE("what never becomes ready fails at its limit with the backend's last words") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.options.limits = {seconds(30)};
  drive.begin();
  drive.returned(0, Condition::progressing);
  drive.now += seconds(31);
  drive.polled(0, Condition::progressing, "spawning");
  CHECK(drive.state(0) == StepState::failed);
  CHECK(drive.scheduler->results()[0].error->message() == "not ready within 30 s: spawning");
}

TEST_CASE("one that is made anew has the whole time again, however long the one before it was waited for") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.plan.steps[0].start = plan::Start::wait;
  drive.plan.steps[0].object = Drive::thing("a", Condition::progressing);
  drive.options.limits = {seconds(60)};
  drive.begin();
  drive.now += seconds(50);
  drive.polled(0, Condition::failed, "No valid host was found.");
  drive.gone(0);
  CHECK(drive.take() == "remove 0, create 0");
  drive.returned(0, Condition::progressing);
  drive.now += seconds(500);
  drive.polled(0, Condition::progressing, "spawning");
  CHECK(drive.state(0) == StepState::waiting);
  drive.now += seconds(101);
  drive.polled(0, Condition::progressing, "spawning");
  CHECK(drive.scheduler->results()[0].error->message() == "not ready within 600 s: spawning");
}

TEST_CASE("a chain of any length ends with what it begins with") {
  Drive drive;
  constexpr std::size_t length = 200'000;
  drive.step(Verb::create, "0");
  for (std::size_t i = 1; i < length; ++i) drive.step(Verb::create, std::to_string(i), {i - 1});
  drive.begin();
  drive.threw(0, Fault::invalid);
  CHECK(drive.state(length - 1) == StepState::skipped);
  CHECK(drive.scheduler->results()[length - 1].cause == 0);
  CHECK(drive.scheduler->finished());
}

TEST_CASE("a failure skips what needs it, names the cause, and stops nothing else") {
  Drive drive;
  const auto a = drive.step(Verb::create, "a");
  const auto b = drive.step(Verb::create, "b", {a});
  const auto c = drive.step(Verb::create, "c", {b});
  const auto other = drive.step(Verb::create, "other");
  drive.plan.steps[other].follows = {a};
  drive.begin();
  drive.threw(a, Fault::invalid);
  CHECK(drive.state(b) == StepState::skipped);
  CHECK(drive.state(c) == StepState::skipped);
  CHECK(drive.scheduler->results()[c].cause == a);
  CHECK(drive.take() == "create 0, create 3");
}

TEST_CASE("a transient fault is tried again five times at most, later and later") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.begin();
  const Time start = drive.now;
  for (int attempt = 1; attempt < 5; ++attempt) {
    drive.threw(0, Fault::transient);
    CHECK(drive.state(0) == StepState::retrying);
    drive.to_next_wake();
  }
  CHECK(drive.take() == "create 0, create 0, create 0, create 0, create 0");
  CHECK(drive.now - start >= seconds(10));
  drive.threw(0, Fault::transient);
  CHECK(drive.state(0) == StepState::failed);
}

TEST_CASE("a server that says when to come back is believed") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.begin();
  drive.tell(VerbEnded{0, std::nullopt, Error(Fault::transient, "429").with_retry_after(seconds(17))});
  CHECK(drive.scheduler->wake_at() == drive.now + seconds(17));
}

TEST_CASE("waits that the server asks for are no attempts: the step's time alone bounds them") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.begin();
  const Time start = drive.now;
  const auto refuse = [&] {
    drive.tell(VerbEnded{0, std::nullopt, Error(Fault::transient, "429 slow down").with_retry_after(seconds(20))});
  };
  for (int wait = 0; wait < 30; ++wait) {
    refuse();
    REQUIRE(drive.state(0) == StepState::retrying);
    drive.to_next_wake();
  }
  CHECK(drive.now - start == seconds(600));
  refuse();
  CHECK(drive.state(0) == StepState::failed);
  CHECK(drive.scheduler->results()[0].error->message() == "429 slow down");
}

TEST_CASE("attempts count from one wait to the next as if there had been none") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.begin();
  for (int attempt = 1; attempt < 5; ++attempt) {
    drive.threw(0, Fault::transient);
    drive.to_next_wake();
    drive.tell(VerbEnded{0, std::nullopt, Error(Fault::transient, "429").with_retry_after(seconds(1))});
    drive.to_next_wake();
  }
  REQUIRE(drive.state(0) == StepState::running);
  drive.threw(0, Fault::transient);
  CHECK(drive.state(0) == StepState::failed);
}

TEST_CASE("two workshops of fifty hosts progress alike, in the same order every time") {
  const auto order_of_calls = [] {
    Drive drive;
    for (const char* group : {"Workshop/first", "Workshop/second"}) {
      for (int host = 0; host < 50; ++host) {
        const auto step = drive.step(Verb::create, fmt::format("{}/{}", group, host));
        drive.plan.steps[step].group = group;
      }
    }
    drive.options.concurrency["here"] = 4;
    drive.begin();
    int lead = 0;
    for (std::size_t ended = 0; ended < drive.calls.size(); ++ended) {
      const std::size_t step = std::stoul(drive.calls[ended].substr(std::string_view("create ").size()));
      lead += step < 50 ? 1 : -1;
      CHECK(std::abs(lead) <= 1);
      drive.returned(step, Condition::ready);
    }
    return drive.take();
  };
  const std::string first = order_of_calls();
  CHECK(first.starts_with("create 0, create 50, create 1, create 51, create 2"));
  CHECK(std::count(first.begin(), first.end(), ',') == 99);
  CHECK(order_of_calls() == first);
}

TEST_CASE("who comes late to a connection is served in turn, and alone when the others have nothing to do") {
  ReadyQueue queue;
  for (std::size_t step = 0; step < 4; ++step) queue.add(0, step);
  CHECK(queue.take() == 0);
  CHECK(queue.take() == 1);
  queue.add(2, 20);
  queue.add(1, 10);
  queue.add(1, 11);
  std::vector<std::size_t> taken;
  while (!queue.empty()) taken.push_back(queue.take());
  CHECK(taken == std::vector<std::size_t>{10, 20, 2, 11, 3});
}

TEST_CASE("an unclear update or removal is simply done again") {
  Drive drive;
  drive.step(Verb::update, "a");
  drive.step(Verb::remove, "b");
  drive.begin();
  drive.threw(0, Fault::unclear);
  drive.threw(1, Fault::unclear);
  CHECK(drive.state(0) == StepState::retrying);
  CHECK(drive.state(1) == StepState::retrying);
}

TEST_CASE("after an interrupt nothing is done again: what got no clear answer is the next run's") {
  for (const Fault fault : {Fault::unclear, Fault::transient}) {
    Drive drive;
    drive.step(Verb::update, "a");
    drive.step(Verb::remove, "b");
    drive.begin();
    drive.tell(Interrupted{});
    drive.threw(0, fault);
    drive.threw(1, fault);
    CHECK(drive.state(0) == StepState::left);
    CHECK(drive.state(1) == StepState::left);
    CHECK(drive.scheduler->finished());
  }
}

TEST_CASE("what failed before it was ready is removed and made anew, at most twice") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.begin();
  for (int i = 0; i < 2; ++i) {
    drive.returned(0, Condition::failed, "No valid host was found.");
    drive.gone(0);
  }
  CHECK(drive.take() == "create 0, remove 0, create 0, remove 0, create 0");
  drive.returned(0, Condition::failed, "No valid host was found.");
  CHECK(drive.state(0) == StepState::failed);
  CHECK(drive.scheduler->results()[0].error->message() == "No valid host was found.");
}

TEST_CASE("a removal is done when the object is gone, not when the call returned") {
  Drive drive;
  drive.step(Verb::remove, "a");
  drive.begin();
  drive.returned(0, Condition::deleting);
  CHECK(drive.state(0) == StepState::waiting);
  drive.to_next_wake();
  drive.polled(0, std::nullopt);
  CHECK(drive.state(0) == StepState::done);
}

TEST_CASE("removals go by stage; one that fails keeps the later ones of its connection only") {
  Drive drive;
  drive.step(Verb::remove, "record");
  drive.step(Verb::remove, "scope");
  drive.step(Verb::remove, "host");
  drive.plan.steps[0].stage = 1;
  drive.plan.steps[1].stage = 2;
  drive.plan.steps[2].stage = 4;
  drive.plan.steps[2].connection = "elsewhere";
  drive.begin();
  CHECK(drive.take() == "remove 0");
  SECTION("all goes well") {
    drive.gone(0);
    CHECK(drive.take() == "remove 1");
    drive.gone(1);
    CHECK(drive.take() == "remove 2");
  }
  SECTION("the record stays, and so does what vouches for it") {
    drive.threw(0, Fault::denied);
    CHECK(drive.take() == "remove 2");
    CHECK(drive.state(1) == StepState::skipped);
  }
}

TEST_CASE("after a failed one is gone, nothing of it is looked for any more") {
  Drive drive;
  drive.step(Verb::create, "a");
  drive.begin();
  drive.returned(0, Condition::failed, "no host");
  drive.gone(0);
  CHECK_FALSE(drive.scheduler->results()[0].object.has_value());
}

TEST_CASE("after an interrupt no verb begins, running ones finish, waits are left") {
  Drive drive;
  const auto waiting = drive.step(Verb::create, "waiting");
  const auto running = drive.step(Verb::create, "running");
  const auto blocked = drive.step(Verb::create, "blocked", {running});
  drive.begin();
  drive.returned(waiting, Condition::progressing);
  drive.take();
  drive.tell(Interrupted{});
  CHECK(drive.state(waiting) == StepState::left);
  CHECK(drive.state(blocked) == StepState::not_started);
  CHECK_FALSE(drive.scheduler->finished());
  drive.returned(running, Condition::ready);
  CHECK(drive.state(running) == StepState::done);
  CHECK(drive.take().empty());
  CHECK(drive.scheduler->finished());
}

TEST_CASE("a run begun in the middle goes on from there") {
  Drive drive;
  drive.step(Verb::create, "a");
  SECTION("waiting") {
    drive.plan.steps[0].start = Start::wait;
    drive.begin();
    CHECK(drive.state(0) == StepState::waiting);
  }
  SECTION("looking up an unclear create of the run before") {
    drive.plan.steps[0].start = Start::look_up;
    drive.plan.steps[0].quiet_until = drive.now + seconds(10);
    drive.begin();
    CHECK(drive.take() == "poll 0");
    drive.polled(0, Condition::ready);
    CHECK(drive.state(0) == StepState::done);
  }
  SECTION("looking up what shall not come into being") {
    drive.plan.steps[0].verb = Verb::remove;
    drive.plan.steps[0].start = Start::look_up;
    drive.plan.steps[0].quiet_until = drive.now + seconds(10);
    drive.begin();
    CHECK(drive.take() == "poll 0");
    SECTION("it appears") {
      drive.polled(0, Condition::progressing);
      CHECK(drive.take() == "remove 0");
      CHECK(drive.scheduler->results()[0].object);
    }
    SECTION("it never does") {
      drive.polled(0, {});
      CHECK(drive.state(0) == StepState::looking_up);
      drive.now += seconds(11);
      drive.tell(Tick{});
      CHECK(drive.take() == "poll 0");
      drive.polled(0, {});
      CHECK(drive.state(0) == StepState::done);
      CHECK(drive.take().empty());
    }
  }
  SECTION("resuming") {
    drive.plan.steps[0].start = Start::resume;
    drive.begin();
    CHECK(drive.take() == "resume 0");
  }
}
