// --only, --except and retire, against the sandbox: the ledger says what became of every object ever made.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;

namespace {

std::set<std::string> hosts_of(Party& party) {
  std::set<std::string> names;
  for (const auto& row : records(party.run({"list", "--json"}).out)) {
    CHECK(row.at("type") == "host");
    names.insert(row.at("name").get<std::string>());
  }
  return names;
}

std::string nth(const std::set<std::string>& names, std::size_t index) {
  return *std::next(names.begin(), static_cast<long>(index));
}

/// A workshop with these hosts, as YAML after "hosts: ".
void ask_for(Party& party, const std::string& hosts, const std::string& labels = "{}",
             const std::string& file = "event.yaml", const std::string& name = "my-event") {
  party.write(file, "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: " + name + ", labels: " + labels +
                        "}\nspec:\n  project: cloud\n  dns: {account: dns, zone: example.com}\n  hosts: " + hosts +
                        "\n  image: Debian 12\n  flavor: d2-2\n"
                        "  login: {user: attendee, password: {env: EVENT_PASSWORD}, perHostPassword: true}\n"
                        "  tls: internal\n");
}

}  // namespace

TEST_CASE("IP-17: one host is deleted, several, all but some, and all", "[selection]") {
  Party party(8);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  std::set<std::string> left = hosts_of(party);
  REQUIRE(left.size() == 8);

  const std::string first = nth(left, 0);
  CHECK(party.run({"destroy", "--yes", first}).code == 0);
  left.erase(first);
  CHECK(hosts_of(party) == left);

  const std::string second = nth(left, 0);
  const std::string third = nth(left, 1);
  CHECK(party.run({"destroy", "--yes", "--only", second, "--only", third}).code == 0);
  left.erase(second);
  left.erase(third);
  CHECK(hosts_of(party) == left);
  CHECK(party.alive("server") == 5);
  CHECK(party.alive("record") == 6);  // five addresses, and the ownership mark

  const std::set<std::string> kept{nth(left, 1), nth(left, 3)};
  CHECK(party.run({"destroy", "--yes", "--except", *kept.begin(), "--except", *kept.rbegin()}).code == 0);
  CHECK(hosts_of(party) == kept);
  CHECK(party.alive("server") == 2);
  CHECK(party.alive("record") == 3);
  CHECK(party.cloud().ledger().counts("server").created == 8);

  CHECK(party.run({"destroy", "--yes"}).code == 0);
  CHECK(party.alive("server") == 0);
  CHECK(party.alive("record") == 0);
}

TEST_CASE("IP-17: a dry run shows what would go, and changes nothing", "[selection]") {
  Party party(3);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const std::string name = nth(hosts_of(party), 0);
  const Ran dry = party.run({"destroy", "--dry-run", name});
  CHECK(dry.code == 2);
  check_golden("destroy-dry-run.txt", dry.screen);
  CHECK(party.alive("server") == 3);
  CHECK(party.alive("record") == 4);
}

TEST_CASE("IP-17: a name that means nothing is refused before anything is done, for --except as for --only",
          "[selection]") {
  Party party(3);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const std::string name = nth(hosts_of(party), 0);
  std::string typo = name;
  typo[4] = typo[4] == 'z' ? 'y' : 'z';
  for (const char* option : {"--only", "--except"}) {
    for (const char* command : {"plan", "apply", "destroy", "list"}) {
      const Ran ran = party.run(command == std::string("plan") || command == std::string("list")
                                    ? std::vector<std::string>{command, option, typo}
                                    : std::vector<std::string>{command, "--yes", option, typo});
      CHECK(ran.code == 3);
      CHECK(ran.err.find("nothing matches '" + typo + "'") != std::string::npos);
      CHECK(ran.err.find("did you mean '" + name + "'?") != std::string::npos);
    }
  }
  CHECK(party.run({"destroy", "--yes", name, typo}).code == 3);
  CHECK(party.run({"destroy", "--yes", "--except", "label:team"}).code == 3);
  CHECK(party.alive("server") == 3);
  CHECK(party.cloud().ledger().counts("server").deleted == 0);
}

TEST_CASE("what a selected host needs is made with it, shown with the reason, and the rest is counted", "[selection]") {
  Party party(5);
  const Ran plan = party.run({"plan", "--only", "ovh.rrset:example.com/rfdxq.my-event/A"});
  CHECK(plan.code == 2);
  check_golden("plan-only-record.txt", plan.screen);
  CHECK(party.run({"apply", "--yes", "--only", "rfdxq"}).code == 0);
  CHECK(hosts_of(party) == std::set<std::string>{"rfdxq"});
  CHECK(party.run({"apply", "--yes", "--except", "uttnw"}).code == 0);
  CHECK(party.alive("server") == 4);
  const Ran rest = party.run({"plan", "--except", "uttnw"});
  CHECK(rest.code == 0);
  CHECK(rest.out.find("no changes in what is selected") != std::string::npos);
  CHECK(rest.out.find("3 changes are not selected and left out") != std::string::npos);
  CHECK(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.alive("server") == 5);
  CHECK(party.cloud().ledger().counts("server").created == 5);
}

TEST_CASE("labels and manifests select; the machine-readable plan says what came along", "[selection]") {
  Party party(0);
  ask_for(party, "2", "{team: blue}");
  ask_for(party, "2", "{team: red}", "other.yaml", "other");
  CHECK(party.run({"apply", "--yes", "--only", "label:team=red"}).code == 0);
  CHECK(party.alive("server") == 2);
  for (const auto& row : records(party.run({"list", "--json", "--only", "other"}).out))
    CHECK(row.at("manifest") == "Workshop/other");
  CHECK(records(party.run({"list", "--json", "--except", "label:team=red"}).out).empty());
  const auto all = records(party.run({"plan", "--json", "--only", "guest.check:my-event/*"}).out);
  const nlohmann::json& selection = all.back().at("selection");
  CHECK(selection.at("only").at(0) == "guest.check:my-event/*");
  REQUIRE(selection.at("pulled_in").size() == 2);
  CHECK(selection.at("pulled_in").at(0).at("verb") == "create");
  CHECK(selection.at("left_out") == 3);
}

TEST_CASE("what has lost its manifest can still be named: to go alone, or to stay", "[selection]") {
  Party party(4);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const std::set<std::string> four = hosts_of(party);
  party.ask_for(2);
  std::set<std::string> going;
  for (const auto& row : records(party.run({"plan", "--json"}).out)) {
    if (row.at("type") == "step" && row.at("id").get<std::string>().starts_with("openstack.server:"))
      going.insert(row.at("id").get<std::string>().substr(26));
  }
  REQUIRE(going.size() == 2);
  const std::string goes = *going.begin();
  const std::string stays = *going.rbegin();

  const Ran by_id = party.run({"plan", "--only", "openstack.server:my-event/" + goes});
  CHECK(by_id.out.find("because of server " + goes) != std::string::npos);
  CHECK(party.run({"apply", "--yes", "--except", stays}).code == 0);
  std::set<std::string> three = four;
  three.erase(goes);
  CHECK(hosts_of(party) == three);
  CHECK(party.alive("record") == 4);
  CHECK(party.run({"apply", "--yes", "--only", "my-event"}).code == 0);
  CHECK(party.alive("server") == 2);
}

TEST_CASE("a host kept from a workshop that is gone keeps its name and the mark that it is ours", "[selection]") {
  Party party(3);
  party.ask_for(1, "other.yaml", "other");
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  std::filesystem::remove(party.directory() / "event.yaml");
  const auto rows = records(party.run({"list", "--json"}).out);
  std::string name;
  for (const auto& row : rows) {
    if (row.at("manifest").is_null()) name = row.at("name");
  }
  const Ran applied = party.run({"apply", "--yes", "--except", name, "--allow", "4"});
  INFO(applied.screen);
  CHECK(applied.code == 0);
  CHECK(party.alive("server") == 2);
  CHECK(party.alive("record") == 4);  // two addresses, two ownership marks
  party.forget_state();
  CHECK(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.alive("server") == 1);
  CHECK(party.alive("record") == 2);
}

TEST_CASE("a retired host goes alone and nothing is renamed; without retire the last one goes", "[selection]") {
  Party party(5);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  std::set<std::string> left = hosts_of(party);
  ask_for(party, "{count: 4, retire: [rfdxq]}");
  const Ran plan = party.run({"plan"});
  check_golden("plan-retire.txt", plan.screen);
  CHECK(party.run({"apply", "--yes"}).code == 0);
  left.erase("rfdxq");
  CHECK(hosts_of(party) == left);
  CHECK(party.cloud().ledger().counts("server").created == 5);
  CHECK(party.cloud().ledger().counts("server").deleted == 1);

  ask_for(party, "{count: 3, retire: [rfdxp]}");
  const Ran typo = party.run({"validate"});
  CHECK(typo.code == 3);
  CHECK(typo.err.find("did you mean \"rfdxq\"?") != std::string::npos);
}

TEST_CASE("a selection that names nothing in the end is refused, by list as by plan", "[selection]") {
  Party party(1);
  for (const char* command : {"plan", "list"}) {
    const Ran ran = party.run({command, "--only", "my-event", "--except", "my-event"});
    CHECK(ran.code == 3);
    CHECK(ran.err.find("nothing is selected") != std::string::npos);
  }
}
