#include <string>
#include <vector>

#include "tests/cli/outsider.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::count_of;
using muster::test::Outsider;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;

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

TEST_CASE("a host that somebody has stopped is not ready, and a plan that leaves it so says it") {
  Party party(3);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.run({"status", "--json"}).out.find("\"hosts_ready\":3") != std::string::npos);
  Outsider(party.cloud()).stop_server(party.cloud().ledger().created_ever("server").front().id);
  const Ran plan = party.run({"plan", "--max-age", "0"});
  INFO(plan.screen);
  CHECK(plan.code == 0);
  CHECK(plan.out.find("\ndoes not run: my-event/") != std::string::npos);
  CHECK(plan.out.find(" (SHUTOFF)\n") != std::string::npos);
  CHECK(party.run({"status", "--json"}).out.find("\"hosts_ready\":2") != std::string::npos);
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
