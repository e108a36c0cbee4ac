// What was updated fails, and what was there before is put back.

#include "reconciler/apply/scheduler_for_test.h"

namespace muster::apply {
namespace {

/// One update of a thing that is put back when it fails; it has failed, and the call to put it back is under way.
struct PuttingBack : Drive {
  PuttingBack() {
    traits.failed_hint = "want another one";
    step(Verb::update, "a");
    options.on_failed = {OnFailed::put_back};
    begin();
    CHECK(take() == "update 0");
    returned(0, Condition::progressing);
    to_next_wake();
    polled(0, Condition::failed, "it does not start");
    CHECK(take() == "poll 0, put_back 0");
  }
  std::string words() const { return scheduler->results()[0].error->message(); }
};

TEST_CASE("an update that fails is put back, and has failed all the same") {
  PuttingBack drive;
  drive.returned(0, Condition::progressing);
  CHECK(drive.state(0) == StepState::waiting);
  drive.to_next_wake();
  drive.polled(0, Condition::ready);
  CHECK(drive.state(0) == StepState::failed);
  CHECK(drive.words() == "it does not start; what was there before was put back");
  CHECK(drive.scheduler->results()[0].error->hint() == "want another one");
  CHECK(drive.scheduler->finished());
}

TEST_CASE("what was put back and fails too is not put back again") {
  PuttingBack drive;
  drive.returned(0, Condition::failed, "nor does this");
  CHECK(drive.state(0) == StepState::failed);
  CHECK(drive.words() == "it does not start; what was there before was put back and failed too: nor does this");
  CHECK(drive.take().empty());
}

TEST_CASE("where nothing was before, that is told") {
  PuttingBack drive;
  drive.gone(0);
  CHECK(drive.state(0) == StepState::failed);
  CHECK(drive.words() == "it does not start; nothing ran before it that could be put back");
}

TEST_CASE("putting back is tried again as any other write, and both reasons are told when it cannot be done") {
  PuttingBack drive;
  drive.threw(0, Fault::unclear);
  CHECK(drive.state(0) == StepState::retrying);
  drive.to_next_wake();
  CHECK(drive.take() == "put_back 0");
  drive.threw(0, Fault::permanent);
  CHECK(drive.state(0) == StepState::failed);
  CHECK(drive.words() == "it does not start; what was there before could not be put back: the server's words");
}

TEST_CASE("nothing is put back once the run is to stop: the next one sees what failed") {
  Drive drive;
  drive.step(Verb::update, "a");
  drive.options.on_failed = {OnFailed::put_back};
  drive.begin();
  CHECK(drive.take() == "update 0");
  drive.tell(Interrupted{});
  drive.returned(0, Condition::failed, "it does not start");
  CHECK(drive.take().empty());
  CHECK(drive.scheduler->finished());
}

}  // namespace
}  // namespace muster::apply
