#include <string>
#include <vector>

#include "tests/cli/outsider.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::Outsider;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;
using muster::test::without_times;

namespace {

struct Host {
  std::string name;  ///< "abcde"
  std::string backend_id;
};

std::vector<Host> hosts_of(Party& party) {
  std::vector<Host> hosts;
  for (const auto& host : records(party.run({"list", "--json"}).out))
    hosts.push_back({host.at("name"), host.at("instance_id")});
  return hosts;
}

}  // namespace

TEST_CASE("after an apply there is no drift, before one neither: what was never made is pending") {
  Party party(2);
  const Ran before = party.run({"drift"});
  CHECK(before.code == 0);
  check_golden("drift-nothing-made.txt", before.screen);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const Ran after = party.run({"drift"});
  CHECK(after.code == 0);
  check_golden("drift-none.txt", after.screen);
}

TEST_CASE("drift shows object by object what others did, and changes nothing") {
  Party party(5);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto hosts = hosts_of(party);
  REQUIRE(hosts.size() == 5);
  Outsider outsider(party.cloud());
  party.vanish(hosts[0].backend_id);
  outsider.stop_server(hosts[1].backend_id);
  party.fail_server(hosts[2].backend_id);
  outsider.set_ttl(hosts[3].name + ".my-event", "A", 600);
  outsider.set_target(hosts[4].name + ".my-event", "A", "203.0.113.9");

  const Ran ran = party.run({"drift"});
  CHECK(ran.code == 2);
  check_golden("drift-all.txt", without_times(ran.screen));
  CHECK(party.cloud().ledger().counts("server").created == 5);
  // Looking once more shows the same; only the calls that confirmed the loss are spared.
  const std::string again = party.run({"drift"}).out;
  CHECK(again.substr(0, again.find("calls made")) == ran.out.substr(0, ran.out.find("calls made")));

  const auto all = records(party.run({"drift", "--json"}).out);
  REQUIRE(all.size() == 6);
  for (const auto& record : all) {
    if (record.at("type") == "drift" && record.at("id").get<std::string>().ends_with(hosts[3].name + ".my-event/A")) {
      CHECK(record.at("what") == "changed");
      CHECK(record.at("fields").at(0) ==
            nlohmann::json{
                {"field", "ttl"}, {"was", 60}, {"is", 600}, {"wanted", 60}, {"cause", "drift"}, {"hidden", false}});
    }
  }
  CHECK(all.back().at("type") == "drift_summary");
  CHECK(all.back().at("drifted") == 5);
  CHECK(all.back().at("exit_code") == 2);
}

TEST_CASE("what the manifests ask for anew is no drift, and one line says so") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.ask_for(3);
  const Ran ran = party.run({"drift"});
  CHECK(ran.code == 0);
  check_golden("drift-pending.txt", ran.screen);
}

TEST_CASE("without the database a difference is drift, and nobody can tell who moved") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto hosts = hosts_of(party);
  Outsider(party.cloud()).set_ttl(hosts[0].name + ".my-event", "A", 600);
  party.forget_state();
  const Ran ran = party.run({"drift"});
  CHECK(ran.code == 2);
  check_golden("drift-without-database.txt", ran.screen);
  CHECK(records(party.run({"drift", "--json"}).out).at(0).at("fields").at(0).at("was").is_null());
}

TEST_CASE("patterns keep what is known to move out of drift") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto hosts = hosts_of(party);
  Outsider(party.cloud()).set_ttl(hosts[0].name + ".my-event", "A", 600);
  CHECK(party.run({"drift"}).code == 2);
  const Ran ignored = party.run({"drift", "--ignore", "ovh.rrset:*#ttl", "--ignore", "openstack.server:my-event/*"});
  CHECK(ignored.code == 0);
  CHECK(ignored.out.find("1 difference ignored") != std::string::npos);
  const Ran wrong = party.run({"drift", "--ignore", "ovh.rset:*"});
  CHECK(wrong.code == 3);
  check_golden("drift-ignore-wrong.txt", wrong.screen + party.run({"drift", "--ignore", "my-event"}).screen);
}

TEST_CASE("what cannot be read is unknown, not gone; drift beside it still counts") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto hosts = hosts_of(party);
  party.forbid("nova", "/servers");
  const Ran unread = party.run({"drift"});
  CHECK(unread.code == 6);
  check_golden("drift-unread.txt", unread.screen);
  party.forbid("ovh", "/domain/zone");
  party.vanish(hosts[0].backend_id);
  CHECK(party.run({"drift"}).code == 2);
}

TEST_CASE("a removal of ours that failed long ago does not hide that others removed the object since") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto hosts = hosts_of(party);
  party.cloud().faults().load({{"rules",
                                {{{"service", "nova"},
                                  {"method", "DELETE"},
                                  {"path", "/servers/"},
                                  {"action", "status"},
                                  {"status", 403},
                                  {"headers", {{"Content-Type", "application/json"}}},
                                  {"body", R"({"forbidden": {"code": 403, "message": "not for you"}})"}}}}});
  CHECK(party.run({"destroy", "--yes"}).code != 0);
  party.forbid_nothing();
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.run({"drift"}).code == 0);
  party.vanish(hosts[0].backend_id);
  for (const char* look : {"first", "second"}) {
    INFO(look);
    const Ran ran = party.run({"drift"});
    CHECK(ran.code == 2);
    CHECK(ran.out.find("server " + hosts[0].name) != std::string::npos);
  }
}

TEST_CASE("something that is not ours in the place of ours is drift") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto hosts = hosts_of(party);
  Outsider outsider(party.cloud());
  outsider.make_server("my-event-" + hosts[0].name);
  party.vanish(hosts[0].backend_id);
  const Ran ran = party.run({"drift"});
  CHECK(ran.code == 2);
  CHECK(ran.out.find("! server " + hosts[0].name + ": something that is not ours stands in its place") !=
        std::string::npos);
}
