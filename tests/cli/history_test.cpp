#include "state/history.h"

#include <algorithm>
#include <sstream>

#include "state/run_lock.h"
#include "state/store.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/cli/season_for_test.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::Party;
using muster::test::party_now;
using muster::test::Ran;
using muster::test::records;
using muster::test::without_times;

namespace {

/// Steps that run side by side end in any order.
std::string sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  std::string result;
  for (const std::string& line : lines) result += line + "\n";
  return result;
}

muster::state::StoreOptions store_options(const Party& party) {
  return {.path = party.database(), .fleet_uid = party.fleet_uid(), .fleet_name = "party"};
}

}  // namespace

TEST_CASE("without a database history says so, makes none and asks no backend") {
  Party party(1);
  const auto calls = party.cloud().ledger().entries().size();
  const Ran ran = party.run({"history"});
  CHECK(ran.code == 0);
  check_golden("history-no-database.txt", ran.screen);
  CHECK_FALSE(std::filesystem::exists(party.database()));
  CHECK(party.cloud().ledger().entries().size() == calls);
}

TEST_CASE("history tells runs, the steps of one, and what was done to one thing, from the database alone") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  REQUIRE(party.run({"destroy", "--yes"}).code == 0);
  const auto calls = party.cloud().ledger().entries().size();
  // Not even manifests are needed.
  party.write("event.yaml", "what: is this?\n");

  const Ran runs = party.run({"history"});
  CHECK(runs.code == 0);
  check_golden("history-runs.txt", without_times(runs.screen));
  check_golden("history-run.txt", sorted_lines(without_times(party.run({"history", "1"}).screen)));
  check_golden("history-host.txt", sorted_lines(without_times(party.run({"history", "uttnw"}).screen)));
  check_golden("history-id.txt", without_times(party.run({"history", "openstack.server:my-event/uttnw"}).screen));

  const auto one = records(party.run({"history", "1", "--json"}).out);
  REQUIRE(one.size() > 1);
  CHECK(one[0].at("type") == "run");
  CHECK(one[0].at("command") == "apply");
  CHECK(one[0].at("state") == "ended");
  CHECK(one[0].at("exit_code") == 0);
  const auto flushes =
      std::count_if(one.begin() + 1, one.end(), [](const auto& step) { return step.at("verb") == "flush"; });
  CHECK(flushes == 1);
  CHECK(one[0].at("steps").at("succeeded") == one.size() - 2);
  for (std::size_t i = 1; i < one.size(); ++i) CHECK(one[i].at("type") == "history_step");

  CHECK(records(party.run({"history", "--json", "--command", "destroy"}).out).size() == 1);
  CHECK(records(party.run({"history", "--json", "--limit", "1"}).out).at(0).at("run") == 2);
  CHECK(records(party.run({"history", "--json", "--since", "2h"}).out).size() == 2);
  CHECK(party.run({"history", "--failed"}).out == "No run fits; muster history shows all.\n");
  CHECK(party.run({"history", "1", "--failed"}).out.ends_with("\nEvery step is done.\n"));
  CHECK(party.cloud().ledger().entries().size() == calls);
}

TEST_CASE("a mistyped run, name or filter is met with the way out") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  std::string screens;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"history", "7"},
                                             {"history", "uttnv"},
                                             {"history", "openstack.server:my-event/uttn"},
                                             {"history", "1", "2"},
                                             {"history", "--since", "yesterday"},
                                             {"history", "--command", "aply"},
                                             {"history", "--limit", "0"}}) {
    const Ran ran = party.run(words);
    CHECK(ran.code == 3);
    screens += ran.screen;
  }
  check_golden("history-mistakes.txt", screens);
}

TEST_CASE("a run without an end goes on while its process holds the lock, and was killed otherwise") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  muster::state::Run run;
  run.command = "apply";
  run.who = "tester@here";
  run.started = party_now();
  {
    muster::state::Store store(store_options(party));
    const auto id = store.history().begin(run);
    muster::state::StepRecord step;
    step.run = id;
    step.resource = {"openstack.server", "my-event/uttnw"};
    step.started = run.started;
    store.history().add(step);
  }
  const auto newest_state = [&] { return records(party.run({"history", "--json"}).out).at(0).at("state"); };
  CHECK(newest_state() == "killed");
  CHECK(party.run({"history", "--failed"}).out.find("killed: 1 done") != std::string::npos);
  {
    const auto lock = muster::state::RunLock::try_acquire(party.fleet_uid());
    REQUIRE(std::holds_alternative<muster::state::RunLock>(lock));
    CHECK(newest_state() == "running");
    const Ran ran = party.run({"history"});
    CHECK(ran.out.find("running for ") != std::string::npos);
    CHECK(ran.out.find("1 done so far") != std::string::npos);
    CHECK(party.run({"history", "--failed"}).out == "No run fits; muster history shows all.\n");
  }
  CHECK(newest_state() == "killed");
}

TEST_CASE("history reads beside a run that writes") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  muster::state::Store store(store_options(party));
  muster::state::Transaction writing = store.transaction();
  store.history().begin({.command = "apply", .who = "tester@here", .revision = "0-", .started = party_now()});
  CHECK(records(party.run({"history", "--json"}).out).size() == 1);
  writing.commit();
  CHECK(records(party.run({"history", "--json"}).out).size() == 2);
}

TEST_CASE("what only looks refuses the database of another fleet, as plan does") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  Party other(1);
  for (const char* command : {"history", "status", "list", "plan"}) {
    const Ran ran = other.run({command, "--state", party.database().string()});
    INFO(ran.screen);
    CHECK(ran.code == 3);
    CHECK(ran.out.empty());
    CHECK(ran.err.find("belongs to the fleet with uid " + party.fleet_uid()) != std::string::npos);
  }
}
