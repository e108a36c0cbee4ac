#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "state/run_lock.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::count_of;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;

TEST_CASE("a plan for 1, 5 and 30 hosts is one screen of text") {
  for (const int hosts : {1, 5, 30}) {
    Party party(hosts);
    const Ran ran = party.run({"plan"});
    CHECK(ran.code == 2);
    CHECK(std::count(ran.out.begin(), ran.out.end(), '\n') <= 24);
    check_golden("plan-" + std::to_string(hosts) + ".txt", ran.screen);
  }
}

TEST_CASE("apply without a terminal needs --yes, then prints a line per event, and leaves nothing to do") {
  Party party(5);
  const Ran refused = party.run({"apply"});
  CHECK(refused.code == 3);
  CHECK(party.cloud().ledger().counts("server").created == 0);
  check_golden("apply-without-yes.txt", refused.screen);

  const Ran applied = party.run({"apply", "--yes"});
  CHECK(applied.code == 0);
  CHECK(party.cloud().ledger().counts("server").alive() == 5);
  check_golden("apply-5.txt", applied.screen);

  const Ran again = party.run({"apply", "--yes"});
  CHECK(again.code == 0);
  CHECK(party.cloud().ledger().counts("server").created == 5);
  check_golden("apply-again.txt", again.screen);

  const Ran quiet = party.run({"reconcile"});
  CHECK(quiet.code == 0);
  CHECK(quiet.out + quiet.err == "");

  party.forget_state();
  const Ran without_database = party.run({"plan"});
  CHECK(without_database.code == 0);
}

TEST_CASE("while another run holds the lock nothing is changed, and it is named") {
  Party party(1);
  const auto lock = muster::state::RunLock::try_acquire(party.fleet_uid());
  REQUIRE(std::holds_alternative<muster::state::RunLock>(lock));
  const Ran ran = party.run({"apply", "--yes"});
  CHECK(ran.code == 5);
  CHECK(ran.err.find("process " + std::to_string(getpid())) != std::string::npos);
  const std::string holder = "process " + std::to_string(getpid());
  const Ran plan = party.run({"plan"});
  CHECK(plan.code == 2);
  CHECK(plan.out.find("another run is at work: " + holder) != std::string::npos);
  CHECK(records(party.run({"plan", "--json"}).out).back().at("another_run").get<std::string>().starts_with(holder));
  CHECK(party.run({"status"}).out.find("at work now: " + holder) != std::string::npos);
  CHECK(count_of(records(party.run({"status", "--json"}).out), "at_work") == 1);
}

TEST_CASE("what another fleet holds was read, and the first line says that it is in the way") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.write("fleet.yaml",
              "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: party}\n"
              "spec: {uid: 00000000000000000000000000000001}\n");
  party.forget_state();
  const Ran plan = party.run({"plan"});
  CHECK(plan.code == 1);
  CHECK(plan.out.starts_with("Fleet 'party': no changes, but "));
  CHECK(plan.out.find("could not be read") == std::string::npos);
  const Ran doctor = party.run({"doctor"});
  CHECK(doctor.out.find("no changes, but ") != std::string::npos);
  CHECK(doctor.out.find("no changes\n") == std::string::npos);
}

TEST_CASE("apply, history and status count the changes of a run alike") {
  Party party(1);
  const Ran applied = party.run({"apply", "--yes"});
  REQUIRE(applied.code == 0);
  const std::size_t at = applied.out.find(" changes done");
  REQUIRE(at != std::string::npos);
  const std::size_t from = applied.out.rfind(' ', at - 1) + 1;
  const std::string number = applied.out.substr(from, at - from);
  CHECK(party.run({"history"}).out.find(": " + number + " done\n") != std::string::npos);
  CHECK(party.run({"status"}).out.find(" ago: " + number + " done\n") != std::string::npos);
  CHECK(records(party.run({"history", "--json"}).out).at(0).at("steps").at("succeeded") == std::stoi(number));
}

TEST_CASE("with -v each request and its outcome is on stderr, and no secret in it") {
  Party party(1);
  const Ran quiet = party.run({"plan"});
  CHECK(quiet.err.find("GET http") == std::string::npos);
  const Ran loud = party.run({"plan", "-v", "--max-age", "0"});
  CHECK(loud.code == 2);
  CHECK(loud.err.find("/servers/detail") != std::string::npos);
  CHECK(loud.err.find(": 200, ") != std::string::npos);
  CHECK(loud.err.find("/domain/zone/example.com/export: ") != std::string::npos);
  const std::string all = loud.err + loud.out;
  CHECK(all.find("not-a-real-password") == std::string::npos);
  CHECK(all.find(party.variable("OVH_APPLICATION_SECRET")) == std::string::npos);
  CHECK(all.find(party.variable("OS_PASSWORD")) == std::string::npos);
}

TEST_CASE("a host removed behind muster's back is made again") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto before = records(party.run({"list", "--json"}).out);
  party.vanish(before.at(0).at("instance_id"));
  const Ran plan = party.run({"plan", "--max-age", "0"});
  CHECK(plan.code == 2);
  check_golden("plan-vanished.txt", plan.screen);
  const Ran list = party.run({"list"});
  CHECK(list.out.find("ORPHANED DOMAINS\nName  | Domain") != std::string::npos);
  CHECK(party.run({"list", "-H"}).out.find("ORPHANED") == std::string::npos);
  CHECK(party.run({"reconcile"}).code == 0);
  CHECK(party.cloud().ledger().counts("server").alive() == 2);
  CHECK(party.run({"plan"}).code == 0);
}

TEST_CASE("the guard stops mass deletion and says how to allow exactly this") {
  Party party(8);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.ask_for(1);
  const Ran stopped = party.run({"apply", "--yes"});
  CHECK(stopped.code == 4);
  CHECK(party.cloud().ledger().counts("server").deleted == 0);
  check_golden("guard.txt", stopped.screen);
  const Ran mistaken = party.run({"apply", "--yes", "--allow", "3"});
  CHECK(mistaken.code == 4);
  CHECK(mistaken.screen.find("--allow 3 was said, and it is ") != std::string::npos);
  CHECK(party.cloud().ledger().counts("server").deleted == 0);
}

TEST_CASE("where nothing can be read every command fails, where something can each says partly") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const std::vector<std::vector<std::string>> all = {{"plan", "--max-age", "0"},
                                                     {"status", "--max-age", "0"},
                                                     {"list"},
                                                     {"drift"},
                                                     {"orphans"},
                                                     {"explain", "my-event/*", "--max-age", "0"},
                                                     {"apply", "--yes"},
                                                     {"reconcile"},
                                                     {"destroy", "--yes"},
                                                     {"adopt", "--yes"}};
  const auto codes = [&](int expected) {
    for (const std::vector<std::string>& words : all) {
      const Ran ran = party.run(words);
      INFO(ran.screen);
      CHECK(ran.code == expected);
      // Whoever keeps stdout elsewhere hears of it.
      CHECK((ran.err.find("could not be read") != std::string::npos || ran.err.find("unknown: ") != std::string::npos));
    }
  };
  party.cloud().faults().load({{"rules",
                                {{{"service", "keystone"}, {"action", "status"}, {"status", 403}},
                                 {{"service", "ovh"}, {"action", "status"}, {"status", 403}}}}});
  codes(1);
  party.forget_state();
  codes(1);
}

TEST_CASE("where stdout is no screen the plan stands beside the question") {
  Party party(1);
  bool was_there = false;
  const Ran ran = party.run_asked({"apply"}, [] { return "no"; });
  const auto plan = ran.err.find("create");
  was_there = plan != std::string::npos && plan < ran.err.find("[y/N]");
  CHECK(was_there);
  CHECK(ran.out.find("create") != std::string::npos);
  CHECK(party.run({"apply", "--yes"}).err.find("create server") == std::string::npos);
  const Ran gone = party.run_asked({"destroy"}, [] { return "no"; });
  CHECK(gone.err.find("delete") < gone.err.find("Type the name of the fleet"));
}
