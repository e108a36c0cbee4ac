#include "state/history.h"

#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

Run sample_run(std::int64_t started) {
  return {.command = "apply", .who = "ada@bastion", .revision = "1700000000-3f2a91c", .started = at(started)};
}

StepRecord sample_step(RunId run, const std::string& name) {
  return {.run = run,
          .resource = {"openstack.server", name},
          .verb = Verb::create,
          .outcome = StepOutcome::failed,
          .started = at(20),
          .duration = std::chrono::milliseconds(1234),
          .message = "No valid host was found",
          .request_ids = {"req-1", "req-2"}};
}

TEST_CASE("a run that was killed has no end; one that ended has its exit code") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  History history(database);
  const RunId killed = history.begin(sample_run(10));
  const RunId ended = history.begin(sample_run(20));
  history.end(ended, at(30), 6, "3 created, 1 failed");

  const auto runs = history.runs(10);
  REQUIRE(runs.size() == 2);
  Run expected = sample_run(20);
  expected.id = ended;
  expected.ended = at(30);
  expected.exit_code = 6;
  expected.summary = "3 created, 1 failed";
  CHECK(runs[0] == expected);
  CHECK(runs[1].id == killed);
  CHECK(runs[1].ended == std::nullopt);
  CHECK(runs[1].exit_code == std::nullopt);
  CHECK(history.runs(1).size() == 1);
  CHECK(history.find(ended) == expected);
  CHECK(history.find(999) == std::nullopt);
}

TEST_CASE("steps are found by run in their order and by resource over all runs") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  History history(database);
  const RunId first = history.begin(sample_run(10));
  const RunId second = history.begin(sample_run(20));
  history.add(sample_step(first, "b"));
  history.add(sample_step(first, "a"));
  history.add(sample_step(second, "a"));
  CHECK(history.steps(first) == std::vector<StepRecord>{sample_step(first, "b"), sample_step(first, "a")});
  const ResourceId a{"openstack.server", "a"};
  CHECK(history.steps(a, 10) == std::vector<StepRecord>{sample_step(second, "a"), sample_step(first, "a")});
  CHECK(history.steps(a, 1).size() == 1);
}

TEST_CASE("runs are found by start, command and failure, all of it at once, newest first") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  History history(database);
  const auto run = [&](const std::string& command, std::int64_t started, std::optional<int> exit_code) {
    Run begun = sample_run(started);
    begun.command = command;
    const RunId id = history.begin(begun);
    if (exit_code) history.end(id, at(started + 1), *exit_code, "");
    return id;
  };
  const auto found = [&](const RunFilter& filter) {
    std::vector<RunId> ids;
    for (const Run& each : history.runs(filter)) ids.push_back(each.id);
    return ids;
  };
  const RunId good = run("apply", 10, 0);
  const RunId partly = run("apply", 20, 6);
  const RunId killed = run("destroy", 30, std::nullopt);
  const RunId last = run("apply", 40, 0);
  CHECK(found({}) == std::vector<RunId>{last, killed, partly, good});
  CHECK(found({.limit = 2}) == std::vector<RunId>{last, killed});
  CHECK(found({.since = at(20)}) == std::vector<RunId>{last, killed, partly});
  CHECK(found({.command = "apply"}) == std::vector<RunId>{last, partly, good});
  CHECK(found({.failed = true}) == std::vector<RunId>{killed, partly});
  CHECK(found({.since = at(20), .command = "apply", .failed = true}) == std::vector<RunId>{partly});
}

TEST_CASE("a run that goes on tells how its steps ended so far, and history what it speaks of") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  History history(database);
  const RunId run = history.begin(sample_run(10));
  CHECK(history.outcomes(run).empty());
  CHECK(history.resources().empty());
  StepRecord good = sample_step(run, "b");
  good.outcome = StepOutcome::succeeded;
  history.add(good);
  history.add(sample_step(run, "a"));
  history.add(sample_step(run, "a"));  // the other half of a replacement
  history.add(sample_step(run, "c"));
  StepRecord flush = good;
  flush.verb = Verb::flush;
  flush.resource = {"ovh.zone", "example.com"};
  history.add(flush);
  CHECK((history.outcomes(run) ==
         std::map<StepOutcome, std::size_t>{{StepOutcome::succeeded, 1}, {StepOutcome::failed, 2}}));
  flush.outcome = StepOutcome::unclear;
  history.add(flush);
  CHECK(history.outcomes(run).at(StepOutcome::unclear) == 0);
  history.add(sample_step(history.begin(sample_run(11)), "d"));
  CHECK(history.outcomes(run).at(StepOutcome::failed) == 2);
  CHECK(history.resources() == std::vector<ResourceId>{{"openstack.server", "a"},
                                                       {"openstack.server", "b"},
                                                       {"openstack.server", "c"},
                                                       {"openstack.server", "d"},
                                                       {"ovh.zone", "example.com"}});
}

TEST_CASE("pruning keeps the newest runs with their steps, and ids are not used again") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  History history(database);
  RunId last = 0;
  for (int number = 0; number < 5; ++number) {
    last = history.begin(sample_run(number));
    history.add(sample_step(last, "a"));
  }
  history.prune(2);
  CHECK(history.runs(10).size() == 2);
  CHECK(history.steps(ResourceId{"openstack.server", "a"}, 10).size() == 2);
  history.prune(0);
  CHECK(history.runs(10).empty());
  CHECK(history.begin(sample_run(9)) > last);
}

}  // namespace
}  // namespace muster::state
