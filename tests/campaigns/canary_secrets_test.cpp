// Secrets that are nowhere else in every field that takes one, then a fleet's whole life among faults, echoes of its
// own requests, kills and wrong passwords: nothing that it has written holds one of them, in no form.
//
// `list --credentials` alone shows secrets. What the cloud keeps (the ledger, user data) is the cloud's.

#include <fmt/format.h>
#include <httplib.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "resources/contract/value.h"
#include "sandbox/base64.h"
#include "tests/campaigns/canary_life.h"
#include "tests/campaigns/report.h"
#include "tests/campaigns/soak.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

using nlohmann::json;
using Words = CanaryLife::Words;

std::string workshop(const std::string& name, const std::string& hosts, const std::string& password, bool per_host) {
  return fmt::format(R"(apiVersion: muster/v1
kind: Workshop
metadata: {{name: {}}}
spec:
  project: cloud
  dns: {{account: dns, zone: example.com}}
  hosts: {}
  image: Debian 12
  flavor: d2-2
  login: {{user: attendee, password: {}, perHostPassword: {}}}
  tls: internal
)",
                     name, hosts, password, per_host);
}

std::string connections(const std::string& project, const std::string& account) {
  return fmt::format(R"(apiVersion: muster/v1
kind: OpenStackProject
metadata: {{name: cloud}}
spec: {}
---
apiVersion: muster/v1
kind: OvhAccount
metadata: {{name: dns}}
spec: {}
)",
                     project, account);
}

/// Writes a secret into a place of its kind, and what a manifest says of it; JSON, which is YAML.
using Place = std::function<json(CanaryLife&, const Canary&)>;

json in_file(CanaryLife& life, const Canary& canary) {
  const std::string file = digest_bytes(canary.what).substr(0, 8) + ".secret";
  life.party().write(file, canary.bytes + "\n");
  return {{"file", file}};
}

json by_command(CanaryLife& life, const Canary& canary) {
  const json file = in_file(life, canary);
  return {{"command", {"cat", (life.party().directory() / file["file"].get<std::string>()).string()}}};
}

json in_variable(CanaryLife& life, const Canary& canary) {
  const std::string name = "CANARY_" + digest_bytes(canary.what).substr(0, 8);
  life.party().set_variable(name, canary.bytes);
  return {{"env", name}};
}

json in_clear(CanaryLife&, const Canary& canary) { return canary.bytes; }

void write_workshops(CanaryLife& life, const Place& place, int more = 0) {
  life.party().write("event.yaml",
                     workshop("my-event", std::to_string(3 + more), place(life, shared_password).dump(), false));
  life.party().write("own.yaml", workshop("own", "[anna, bert]", place(life, base_password).dump(), true));
}

struct Login {
  std::string token;
  std::string user;
};

Login log_in(CanaryLife& life) {
  auto variables = life.party().variables();
  const json user{{"name", variables["OS_USERNAME"]},
                  {"domain", {{"name", variables["OS_USER_DOMAIN_NAME"]}}},
                  {"password", variables["OS_PASSWORD"]}};
  const json body{{"auth",
                   {{"identity", {{"methods", {"password"}}, {"password", {{"user", user}}}}},
                    {"scope", {{"project", {{"id", variables["OS_PROJECT_ID"]}}}}}}}};
  const auto answer = httplib::Client(life.auth_url().substr(0, life.auth_url().rfind('/')))
                          .Post("/v3/auth/tokens", body.dump(), "application/json");
  REQUIRE(answer);
  REQUIRE(answer->status == 201);
  return {answer->get_header_value("X-Subject-Token"), json::parse(answer->body)["token"]["user"]["id"]};
}

std::string make_credential(CanaryLife& life) {
  const Login login = log_in(life);
  const json body{{"application_credential", {{"name", "canary"}, {"secret", credential_secret.bytes}}}};
  const auto answer = httplib::Client(life.cloud().url("keystone"))
                          .Post(fmt::format("/v3/users/{}/application_credentials", login.user),
                                {{"X-Auth-Token", login.token}}, body.dump(), "application/json");
  REQUIRE(answer);
  REQUIRE(answer->status == 201);
  return json::parse(answer->body)["application_credential"]["id"];
}

/// Everything an organiser does, and what goes wrong with it.
void live(CanaryLife& life, const Place& place) {
  write_workshops(life, place);
  for (const Words& words : std::vector<Words>{{"validate"}, {"plan", "-v"}, {"render"}, {"render", "--json"}})
    life.run(words);
  life.refuse_all(true);
  for (const char* command : {"plan", "doctor", "status", "drift", "orphans", "list", "apply", "reconcile"}) {
    Words words{command, "-v"};
    if (std::string_view(command) == "apply") words.emplace_back("--yes");
    life.run(words);
    if (campaign::is_soak()) words.emplace_back("--json");
    if (campaign::is_soak()) life.run(words);
  }
  life.refuse_all(false);
  life.break_everything(true);
  life.kill_process({"apply", "--yes", "-v"}, 25);
  life.kill_process({"apply", "--yes", "-v", "--json"}, 15);
  for (const std::uint64_t calls : {5, 20, 40}) life.run({"apply", "--yes", "-v"}, Blow{Blow::Kind::kill, {}, calls});
  life.run({"apply", "--yes", "-v"});
  life.run({"reconcile", "-v", "--json"});
  life.break_everything(false);
  const EndedRun applied = life.run({"apply", "--yes"});
  INFO(applied.screen);
  CHECK(applied.status == 0);
  CHECK(life.cloud().ledger().counts("server").alive() == 5);

  write_workshops(life, place, 1);
  const std::string plan = life.party().directory() / "change.plan";
  life.run({"plan", "-o", plan});
  life.break_everything(true);
  life.run({"apply", plan, "-v"});
  for (const Words& words : std::vector<Words>{{"plan", "--json", "--max-age", "0"},
                                               {"status", "-v"},
                                               {"status", "--json"},
                                               {"list"},
                                               {"list", "--json"},
                                               {"drift", "-v"},
                                               {"drift", "--json"},
                                               {"orphans", "--json"},
                                               {"doctor", "-v"},
                                               {"doctor", "--json"},
                                               {"explain", "anna"},
                                               {"explain", "anna", "--json"},
                                               {"adopt", "--yes", "-v"},
                                               {"history"},
                                               {"history", "--json"},
                                               {"history", "anna"}})
    life.run(words);
  life.break_everything(false);
  life.run({"apply", "--yes"});
}

void remember_shown_passwords(CanaryLife& life) {
  const Ran shown = life.party().run({"list", "--credentials", "--json"});
  INFO(shown.screen);
  std::size_t own = 0;
  std::istringstream lines(shown.out);
  for (std::string line; std::getline(lines, line);) {
    const json record = json::parse(line);
    if (record["type"] != "host" || record["manifest"] != "Workshop/own") continue;
    life.add_password(record["password"]);
    ++own;
  }
  CHECK(own == 2);
  // The command that shows them proves that the search finds them.
  Traces control;
  control.add("list --credentials", shown.out);
  CHECK(control.hits({shared_password}).size() == 1);
}

void judge(const CanaryLife& life, CampaignRow& row) {
  row.runs += life.runs();
  row.blows += life.refusals();
  const auto hits = life.traces().hits(life.canaries());
  for (const std::string& hit : hits) {
    INFO(hit);
    CHECK(hit.empty());
  }
  row.leaked += hits.size();
  CHECK_FALSE(life.traces().contain("$6$"));
  CHECK(life.traces().bytes() > 100'000);
  CHECK(life.refusals() > 30);
}

bool may_run() {
  if constexpr (!state::children_may_start_threads) WARN("not run under the thread sanitizer");
  return state::children_may_start_threads;
}

}  // namespace

TEST_CASE("the search finds a secret in every form, and its beginning") {
  const Canary one = canary("one");
  for (const auto& [form, bytes] : forms_of(one.bytes)) {
    INFO(form);
    Traces traces;
    traces.add("a file", "something before " + bytes + " and behind it");
    CHECK(traces.hits({one}).size() == 1);
    CHECK(traces.hits({canary("another")}).empty());
  }
  Traces traces;
  traces.add("a file", "user data: " + sandbox::base64("password=" + one.bytes + "\n"));
  CHECK(traces.hits({one}).size() == 1);
}

TEST_CASE("no secret of variables is in anything that a fleet's life leaves behind") {
  if (!may_run()) return;
  CampaignRow row{"canary secrets, variables"};
  CanaryLife life;
  life.party().write("connections.yaml", connections("{}", "{requestsPerMinute: 6000, burst: 500}"));
  live(life, in_variable);
  remember_shown_passwords(life);

  const std::string password = life.party().variable("OS_PASSWORD");
  life.party().set_variable("OS_PASSWORD", wrong_password.bytes);
  for (const char* command : {"plan", "doctor", "destroy"}) life.run({command, "-v"});
  life.party().set_variable("OS_PASSWORD", password);
  life.party().set_variable("OVH_APPLICATION_SECRET", wrong_secret.bytes);
  for (const Words& words :
       std::vector<Words>{{"plan", "-v", "--max-age", "0"}, {"doctor", "-v"}, {"apply", "--yes", "-v"}})
    life.run(words);
  life.party().set_variable("OVH_APPLICATION_SECRET", application_secret.bytes);

  life.break_everything(true);
  life.run({"destroy", "--yes", "-v"}, Blow{Blow::Kind::kill, {}, 30});
  life.run({"destroy", "--yes", "-v"});
  life.break_everything(false);
  life.run({"destroy", "--yes", "--json"});
  life.run({"history", "--json"});
  judge(life, row);
  print(row);
}

TEST_CASE("no secret of files and commands is in anything that a fleet's life leaves behind") {
  if (!may_run()) return;
  CampaignRow row{"canary secrets, files and commands"};
  CanaryLife life;
  const json project{{"authUrl", life.auth_url()},
                     {"region", life.party().variable("OS_REGION_NAME")},
                     {"applicationCredentialId", make_credential(life)},
                     {"applicationCredentialSecret", in_file(life, credential_secret)}};
  const json account{{"endpoint", life.endpoint()},
                     {"clientId", sandbox::OvhOptions().oauth2_clients.front().id},
                     {"clientSecret", by_command(life, client_secret)},
                     {"requestsPerMinute", 6000},
                     {"burst", 500}};
  life.party().write("connections.yaml", connections(project.dump(), account.dump()));
  live(life, by_command);
  remember_shown_passwords(life);
  judge(life, row);
  print(row);
}

TEST_CASE("no secret that stands in a manifest is in anything that a fleet's life leaves behind") {
  if (!may_run()) return;
  CampaignRow row{"canary secrets, manifests"};
  CanaryLife life;
  const json project{{"authUrl", life.auth_url()},
                     {"region", life.party().variable("OS_REGION_NAME")},
                     {"token", log_in(life).token},
                     {"project", life.party().variable("OS_PROJECT_NAME")},
                     {"projectDomain", "Default"}};
  const json account{
      {"endpoint", life.endpoint()}, {"accessToken", access_token.bytes}, {"requestsPerMinute", 6000}, {"burst", 500}};
  life.party().write("connections.yaml", connections(project.dump(), account.dump()));
  live(life, in_clear);
  remember_shown_passwords(life);
  judge(life, row);
  print(row);
}

}  // namespace muster::test
