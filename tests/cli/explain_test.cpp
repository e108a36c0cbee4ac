#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;
using muster::test::replaced;

namespace {

std::string masked_explanation(const std::string& text) {
  return replaced(text, {{"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC", "DATE"},
                         {"([0-9]+ min )?[0-9]+ s ago", "TIME ago"},
                         {"after ([0-9]+ min )?[0-9]+ s", "after TIME"},
                         {"[0-9]+ bytes \\(secrets cut\\), digest [0-9a-f]{12}", "SIZE, digest DIGEST"},
                         {"[0-9a-f]{12} user_data", "DIGEST user_data"},
                         {"fleet [0-9a-f]{32}", "fleet UID"},
                         {"request [A-Z]+\\.[^\n ]+", "request OVH-ID"},
                         {"incarnation( +)[0-9a-f]{16}", "incarnation$1BITS"}});
}

std::size_t widest(const std::string& text) {
  std::size_t width = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) width = std::max(width, line.size());
  return width;
}

void replace_in(const Party& party, const std::string& file, const std::string& from, const std::string& to) {
  std::ifstream in(party.directory() / file);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  party.write(file, text.replace(at, from.size(), to));
}

std::vector<nlohmann::json> explained(Party& party, const std::string& what) {
  return records(party.run({"explain", what, "--json", "--max-age", "0"}).out);
}

const nlohmann::json& field_of(const nlohmann::json& record, const std::string& name) {
  for (const nlohmann::json& field : record.at("fields")) {
    if (field.at("field") == name) return field;
  }
  FAIL("no field " << name);
  throw std::logic_error(name);
}

void name_hosts(const Party& party) { replace_in(party, "event.yaml", "hosts: 1", "hosts: [anna]"); }

}  // namespace

TEST_CASE("explain tells of a host what is wanted and from where, before and after it exists") {
  Party party(1);
  name_hosts(party);
  const Ran before = party.run({"explain", "openstack.server:my-event/anna"});
  CHECK(before.code == 0);
  check_golden("explain-before.txt", masked_explanation(before.screen));

  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const Ran after = party.run({"explain", "anna", "--max-age", "0"});
  CHECK(after.code == 0);
  check_golden("explain-host.txt", masked_explanation(after.screen));
  CHECK(after.screen.find("not-a-real-password") == std::string::npos);

  const auto records = explained(party, "anna");
  REQUIRE(records.size() == 3);
  const auto server = std::find_if(records.begin(), records.end(), [](const nlohmann::json& record) {
    return record.at("id") == "openstack.server:my-event/anna";
  });
  REQUIRE(server != records.end());
  CHECK(server->at("verdict") == nlohmann::json::array({"as it should be"}));
  CHECK(field_of(*server, "flavor").at("standing") == "equal");
  CHECK(field_of(*server, "flavor").at("sources")[0].at("path") == "spec.flavor");
  CHECK(field_of(*server, "flavor").at("sources")[0].at("origin").at("line") == 9);
  CHECK(field_of(*server, "network").at("sources")[0].at("from") == "default");
  REQUIRE(server->at("objects").size() == 1);
  const nlohmann::json& object = server->at("objects")[0];
  CHECK(object.at("condition") == "ready");
  CHECK(object.at("stamp").at("fleet") == party.fleet_uid());
  REQUIRE(server->at("history").size() == 1);
  CHECK(server->at("history")[0].at("outcome") == "succeeded");
  CHECK(server->at("history")[0].at("who") == "tester@here");
  CHECK(server->at("history")[0].at("request_ids")[0].get<std::string>().starts_with("req-"));
  CHECK(party.run({"explain", object.at("backend_id").get<std::string>()}).code == 0);
}

TEST_CASE("explain tells which file a default of the Fleet stands in, and why a difference is held") {
  Party party(1);
  name_hosts(party);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  replace_in(party, "event.yaml", "  flavor: d2-2\n", "");
  replace_in(party, "fleet.yaml", "}\n", "}\n");
  party.write("fleet.yaml", "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: party}\nspec:\n  uid: " +
                                party.fleet_uid() + "\n  defaults:\n    Workshop: {flavor: d2-4}\n");
  const Ran ran = party.run({"explain", "openstack.server:my-event/anna"});
  CHECK(ran.code == 0);
  check_golden("explain-held.txt", masked_explanation(ran.screen));

  const auto records = explained(party, "openstack.server:my-event/anna");
  REQUIRE(records.size() == 1);
  const nlohmann::json& flavor = field_of(records[0], "flavor");
  CHECK(flavor.at("standing") == "held");
  CHECK(flavor.at("cause") == "manifest");
  CHECK(flavor.at("sources")[0].at("from") == "fleet-defaults");
  CHECK(flavor.at("sources")[0].at("origin").at("line") == 7);
}

TEST_CASE("explain tells drift from a changed manifest, and says when nobody knows") {
  Party party(1);
  name_hosts(party);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  replace_in(party, "event.yaml", "zone: example.com}", "zone: example.com, ttl: 300}");
  const std::string id = "ovh.rrset:example.com/anna.my-event/A";
  const auto changed = explained(party, id);
  REQUIRE(changed.size() == 1);
  CHECK(field_of(changed[0], "ttl").at("standing") == "differs");
  CHECK(field_of(changed[0], "ttl").at("cause") == "manifest");
  CHECK(changed[0].at("steps")[0].at("verb") == "update");
  check_golden("explain-changed-record.txt", masked_explanation(party.run({"explain", id}).screen));

  party.forget_state();
  const auto forgotten = explained(party, id);
  REQUIRE(forgotten.size() == 1);
  CHECK(field_of(forgotten[0], "ttl").at("cause") == "unknown");
  CHECK(forgotten[0].at("history").empty());
}

TEST_CASE("explain knows what no manifest wants any more") {
  Party party(1);
  name_hosts(party);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  replace_in(party, "event.yaml", "hosts: [anna]", "hosts: [bert]");
  const Ran ran = party.run({"explain", "openstack.server:my-event/anna"});
  CHECK(ran.code == 0);
  check_golden("explain-unwanted.txt", masked_explanation(ran.screen));
}

TEST_CASE("explain of a whole workshop is a line or two for each resource") {
  Party party(5);
  const Ran ran = party.run({"explain", "my-event"});
  CHECK(ran.code == 0);
  check_golden("explain-workshop.txt", masked_explanation(ran.screen));
}

TEST_CASE("an unknown name is refused with what was probably meant") {
  Party party(1);
  name_hosts(party);
  const Ran close = party.run({"explain", "openstack.server:my-event/ana"});
  CHECK(close.code == 3);
  check_golden("explain-unknown.txt", close.screen);
  CHECK(party.run({"explain", "zzzzzzzz"}).code == 3);
  CHECK(party.run({"explain"}).code == 3);
}

TEST_CASE("explain KIND and KIND.FIELD need no fleet and fit 100 columns") {
  Party party(1);
  std::filesystem::remove(party.directory() / "fleet.yaml");
  for (const auto& [word, golden] :
       std::vector<std::pair<std::string, std::string>>{{"Workshop.hosts.count", "explain-field.txt"},
                                                        {"Workshop.flavor", "explain-field-held.txt"},
                                                        {"Workshop.readiness", "explain-field-choice.txt"},
                                                        {"openstack.server", "explain-resource-kind.txt"},
                                                        {"openstack.server.image", "explain-resource-field.txt"},
                                                        {"Worksop", "explain-unknown-kind.txt"},
                                                        {"Workshop.hots", "explain-unknown-field.txt"}}) {
    const Ran ran = party.run({"explain", word});
    INFO(word);
    CHECK(ran.code == (golden.find("unknown") == std::string::npos ? 0 : 3));
    CHECK(widest(ran.out) <= 100);
    check_golden(golden, ran.screen);
  }
  CHECK(party.run({"explain", "Fleet.guard.kinds.anything.percent"}).code == 0);
  CHECK(party.run({"explain", "Workshop"}).out == party.run({"schema", "Workshop"}).out);
  const Ran records = party.run({"explain", "Workshop.flavor", "--json"});
  const auto json = nlohmann::json::parse(records.out);
  CHECK(json.at("path") == "flavor");
  CHECK(json.at("required") == true);
  CHECK(json.at("reaches")[0].at("field") == "openstack.server.flavor");
}

TEST_CASE("explain does not say of what nobody read that it is so, and its exit code tells") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.forbid("nova", "/servers");
  const auto all = explained(party, "my-event");
  for (const nlohmann::json& record : all) {
    if (record.at("id").get<std::string>().starts_with("guest.check:"))
      CHECK(field_of(record, "incarnation").at("standing") == "not-seen");
  }
  CHECK(party.run({"explain", "my-event", "--max-age", "0"}).code == 6);
  CHECK(party.run({"explain", "openstack.server:my-event/*", "--max-age", "0"}).code == 1);
  CHECK(party.run({"explain", "Workshop.hosts"}).code == 0);
}

TEST_CASE("explain knows a host by what list shows of it, and a kind in the wrong case") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto host = nlohmann::json::parse(party.run({"list", "--json"}).out);
  for (const char* column : {"domain", "ipv4", "instance_name"})
    CHECK(party.run({"explain", host.at(column)}).code == 0);
  CHECK(party.run({"explain", "workshop.hosts"}).err.find("did you mean 'Workshop.hosts'?") != std::string::npos);
  for (const char* word : {"workshop.HOSTS", "Workshop.HOSTS", "workshop.spec.Hosts"})
    CHECK(party.run({"explain", word}).err.find("did you mean 'Workshop.hosts'?") != std::string::npos);
  CHECK(party.run({"explain", "workshop.login.perhostpassword"}).err.find("'Workshop.login.perHostPassword'") !=
        std::string::npos);
  for (const auto& [word, meant] :
       std::vector<std::pair<std::string, std::string>>{{"workshop.LOGIN.passwrod", "Workshop.login.password"},
                                                        {"Workshop.Login.Passwrod", "Workshop.login.password"},
                                                        {"Workshop.Hosts.Names", "Workshop.hosts.names"},
                                                        {"workshop.login.nothing.like.it", "Workshop.login"},
                                                        {"Wrokshop.LOGIN", "Workshop.login"},
                                                        {"openstack.Server.flavour", "openstack.server.flavor"},
                                                        {"openstack.sevrer.flavour", "openstack.server.flavor"}}) {
    INFO(word);
    CHECK(party.run({"explain", word}).err.find("did you mean '" + meant + "'?") != std::string::npos);
  }
  CHECK(party.run({"explain", "wrong"}).err.find("KIND.FIELD") != std::string::npos);
}
