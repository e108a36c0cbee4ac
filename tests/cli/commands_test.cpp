#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reconciler/cli/new_files.h"
#include "state/run_lock.h"
#include "tests/cli/outsider.h"
#include "tests/cli/party.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::Outsider;
using muster::test::Party;
using muster::test::Ran;

namespace {

std::vector<nlohmann::json> records(const std::string& text) {
  std::vector<nlohmann::json> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(nlohmann::json::parse(line));
  return result;
}

std::size_t count_of(const std::vector<nlohmann::json>& all, const std::string& type) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& record) { return record.at("type") == type; }));
}

}  // namespace

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

TEST_CASE("list shows hosts, orphaned instances and orphaned domains, and secrets only when asked") {
  Party party(3);
  check_golden("list-empty.txt", party.run({"list"}).screen);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const Ran listed = party.run({"list"});
  CHECK(listed.code == 0);
  check_golden("list-3.txt", listed.screen);

  const auto all = records(party.run({"list", "--json"}).out);
  CHECK(count_of(all, "host") == 3);
  for (const auto& host : all) {
    CHECK(host.at("ours") == true);
    CHECK(host.at("password").is_null());
    CHECK(host.at("domain").get<std::string>().ends_with(".my-event.example.com"));
  }
  const auto open = records(party.run({"list", "--json", "--credentials"}).out);
  REQUIRE(open.size() == 3);
  CHECK(open[0].at("login") == "attendee");
  CHECK(open[0].at("password").get<std::string>().size() == 23);
  CHECK(open[0].at("password") != open[1].at("password"));
}

TEST_CASE("what could not be read is no orphan: neither a host without its name nor a name without its host") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.forbid("ovh", "/domain/zone");
  const Ran no_records = party.run({"list"});
  CHECK(no_records.code == 6);
  CHECK(no_records.out.find("ORPHANED") == std::string::npos);
  CHECK(no_records.out.find("| could not be read | ACTIVE |") != std::string::npos);
  CHECK(no_records.err.find("2 records could not be read: ") != std::string::npos);
  for (const auto& host : records(party.run({"list", "--json"}).out)) {
    CHECK(host.at("type") == "host");
    CHECK(host.at("unread") == "domain");
    CHECK(host.at("domain").is_null());
  }

  party.forbid("nova", "/servers");
  const Ran no_servers = party.run({"list"});
  CHECK(no_servers.code == 6);
  CHECK(no_servers.out.find("ORPHANED") == std::string::npos);
  check_golden("list-unread-servers.txt", no_servers.screen);

  party.forbid_nothing();
  for (const auto& host : records(party.run({"list", "--json"}).out)) CHECK(host.at("unread").is_null());
}

TEST_CASE("a foreign record beside ours makes our host nobody else's, whatever the other cloud says") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const std::string name = records(party.run({"list", "--json"}).out).at(0).at("name");
  Outsider(party.cloud()).add_record(name + ".my-event", "AAAA", "2001:db8::7");
  party.forbid("nova", "/servers");
  const auto hosts = records(party.run({"list", "--json"}).out);
  REQUIRE(count_of(hosts, "host") == 1);
  CHECK(hosts[0].at("ours") == true);
}

TEST_CASE("looking and tearing down need no password of the attendees; planning and its display do") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.set_variable("EVENT_PASSWORD", "");
  for (const char* command : {"list", "orphans"}) {
    INFO(command);
    const Ran ran = party.run({command});
    CHECK(ran.code == 0);
    CHECK(ran.err.empty());
  }
  const std::string not_compared =
      "warning: spec.login.password is not compared: the environment variable EVENT_PASSWORD is empty";
  for (const char* command : {"drift", "status"}) {
    INFO(command);
    const Ran ran = party.run({command});
    INFO(ran.screen);
    CHECK(ran.code == 0);
    CHECK(ran.err.find(not_compared) != std::string::npos);
  }
  CHECK(records(party.run({"drift", "--json"}).out).at(0).at("severity") == "warning");
  const std::string host =
      "openstack.server:my-event/" + records(party.run({"list", "--json"}).out).at(0).at("name").get<std::string>();
  const Ran explained = party.run({"explain", host});
  CHECK(explained.code == 0);
  CHECK(explained.out.find("(not compared: its secret could not be read)") != std::string::npos);
  for (const auto& words :
       {std::vector<std::string>{"plan"}, {"apply", "--yes"}, {"reconcile"}, {"list", "--credentials"}}) {
    INFO(words[0]);
    const Ran ran = party.run(words);
    CHECK(ran.code == 3);
    CHECK(ran.err.find("the environment variable EVENT_PASSWORD is empty") != std::string::npos);
  }

  // Nothing was remembered of a comparison that did not take place.
  party.set_variable("EVENT_PASSWORD", "not-a-real-password-either");
  CHECK(party.run({"plan"}).out.find("user_data") != std::string::npos);
  party.set_variable("EVENT_PASSWORD", "");
  CHECK(party.run({"destroy", "--yes"}).code == 0);
  CHECK(party.cloud().ledger().counts("server").alive() == 0);
}

TEST_CASE("a password that changed in the manifest is not shown for hosts that were made before") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.set_variable("EVENT_PASSWORD", "not-a-real-password-either");
  const Ran listed = party.run({"list", "--credentials"});
  CHECK(listed.out.find("(changed since it was made)") != std::string::npos);
  const auto hosts = records(party.run({"list", "--credentials", "--json"}).out);
  REQUIRE(hosts.size() == 1);
  CHECK(hosts[0].at("password").is_null());
  party.set_variable("EVENT_PASSWORD", "not-a-real-password");
  CHECK(records(party.run({"list", "--credentials", "--json"}).out).at(0).at("password").is_string());
}

TEST_CASE("status says in words why it does not end well") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto before = records(party.run({"list", "--json"}).out);
  party.fail_server(before.at(0).at("instance_id"));
  const Ran status = party.run({"status", "--max-age", "0"});
  CHECK(status.code == 1);
  CHECK(status.out.find("Problems") != std::string::npos);
  CHECK(status.out.find("has failed") != std::string::npos);
  const auto all = records(party.run({"status", "--max-age", "0", "--json"}).out);
  REQUIRE(count_of(all, "diagnostic") == 1);
  CHECK(all.at(0).at("problems") == 1);

  party.forbid("nova", "/servers");
  party.forget_state();
  const Ran unread = party.run({"status", "--max-age", "0"});
  CHECK(unread.code == 6);
  CHECK(unread.out.find("not for you") != std::string::npos);
}

TEST_CASE("status says how many hosts are ready and when the last run was") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto all = records(party.run({"status", "--json"}).out);
  REQUIRE(count_of(all, "status") == 1);
  CHECK(all[0].at("hosts_ready") == 2);
  CHECK(all[0].at("pending") == 0);
  CHECK(all.back().at("who") == "tester@here");
}

TEST_CASE("a broken manifest is shown with its place, and nothing is done") {
  Party party(2);
  party.write(
      "event.yaml",
      "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: my-event}\nspec:\n  project: cluod\n  hots: 5\n");
  for (const char* command : {"validate", "plan", "apply", "list", "status", "render", "destroy"}) {
    CHECK(party.run({command}).code == 3);
  }
  check_golden("validate-broken.txt", party.run({"validate"}).screen);
  CHECK(party.cloud().ledger().calls("keystone") == 0);
}

TEST_CASE("a mistyped command or option is met with the right one") {
  Party party(1);
  check_golden("unknown-command.txt", party.run({"aply"}).screen);
  check_golden("unknown-option.txt", party.run({"apply", "--yse"}).screen);
  CHECK(party.run({"list", "--credential"}).code == 3);
  CHECK(party.run({"plan", "--max-age", "soon"}).code == 3);
}

TEST_CASE("help names every command") {
  Party party(1);
  check_golden("help.txt", party.run({"help"}).screen);
  check_golden("help-apply.txt", party.run({"help", "apply"}).screen);
}

TEST_CASE("help for machines is a record per command, in the order of help") {
  Party party(1);
  const Ran ran = party.run({"help", "--json"});
  CHECK(ran.code == 0);
  const auto all = records(ran.out);
  REQUIRE(count_of(all, "command") == all.size());
  CHECK(all.front().at("name") == "init");
  CHECK(all.front().at("group") == "Start");
  CHECK(all.front().at("help").is_null());
  for (const auto& one : all) CHECK(one.at("name") != "complete");

  const auto plan = records(party.run({"plan", "--help", "--json"}).out);
  REQUIRE(plan.size() == 1);
  CHECK(plan[0].at("options")[0] ==
        nlohmann::json{{"names", {"--allow"}}, {"value", "N"}, {"doc", plan[0]["options"][0]["doc"]}});
  CHECK(plan[0].at("common_options")[0].at("names") == nlohmann::json{"-f", "--file"});
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

TEST_CASE("destroy removes what was made and nothing else") {
  Party party(5);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.run({"destroy"}).code == 3);
  const Ran mistyped = party.run({"destroy", "--yes", "my-evnt"});
  CHECK(mistyped.code == 3);
  CHECK(mistyped.err.find("did you mean 'my-event'") != std::string::npos);
  const Ran destroyed = party.run({"destroy", "--yes"});
  CHECK(destroyed.code == 0);
  CHECK(party.cloud().ledger().counts("server").alive() == 0);
  check_golden("destroy-5.txt", destroyed.screen);
}

TEST_CASE("what was destroyed can be made again without a word from the guard") {
  Party party(8);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  REQUIRE(party.run({"destroy", "--yes"}).code == 0);
  CHECK(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.cloud().ledger().counts("server").alive() == 8);
}

TEST_CASE("destroying one manifest leaves the others alone") {
  Party party(2);
  party.ask_for(1, "other.yaml", "other");
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  REQUIRE(party.cloud().ledger().counts("server").alive() == 3);
  CHECK(party.run({"destroy", "--yes", "my-event"}).code == 0);
  CHECK(party.cloud().ledger().counts("server").alive() == 1);
  const auto left = records(party.run({"list", "--json"}).out);
  REQUIRE(left.size() == 1);
  CHECK(left[0].at("manifest") == "Workshop/other");
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
}

TEST_CASE("a rendered host shows what it would get, without its password") {
  Party party(1);
  const Ran ran = party.run({"render"});
  CHECK(ran.code == 0);
  CHECK(ran.out.find("#cloud-config") != std::string::npos);
  CHECK(ran.out.find("not-a-real-password") == std::string::npos);
  CHECK(party.run({"render", "nobody"}).code == 3);
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

TEST_CASE("--json gives records one a line, or is refused where there are none") {
  Party party(0);
  CHECK(records(party.run({"schema", "--json"}).out).size() == 1);
  CHECK(records(party.run({"schema", "Workshop", "--json"}).out).size() == 1);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"docs", "man", "--json"}, {"completion", "bash", "--json"}})
    CHECK(party.run(words).code == 3);
}

TEST_CASE("small mistakes of the command line are met with the way out") {
  Party party(0);
  CHECK(party.run_as_given({"help", "help"}).out == party.run_as_given({"help"}).out);
  CHECK(party.run({"plan", "-o", "-"}).err.find("a plan goes to a file") != std::string::npos);
  party.write("taken", "");
  CHECK_THROWS_WITH(muster::cli::write_new_files(party.directory() / "taken" / "below", {{"a.yaml", "a"}}, ""),
                    (party.directory() / "taken").string() + " is no directory; nothing was written");
}
