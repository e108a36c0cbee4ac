// Absence is not evidence: what could not be read completely gets no step, and everything else proceeds.

#include <httplib.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::contains;
using muster::test::Party;
using muster::test::Ran;
using nlohmann::json;

namespace {

/// The sandbox's second project.
std::string other_project(const Party& party) {
  std::string id = party.variable("OS_PROJECT_ID");
  std::reverse(id.begin(), id.end());
  return id;
}

void workshop(const Party& party, const std::string& name, const std::string& project, int hosts) {
  party.write(name + ".yaml", "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: " + name +
                                  "}\nspec:\n  project: " + project +
                                  "\n  dns: {account: dns, zone: example.com}\n  hosts: " + std::to_string(hosts) +
                                  "\n  image: Debian 12\n  flavor: d2-2\n"
                                  "  login: {user: attendee, password: {env: EVENT_PASSWORD}}\n  tls: internal\n");
}

/// Two workshops, each in a project of its own: what is wrong with the one's must not stop the other.
class TwoProjects : public Party {
 public:
  explicit TwoProjects(muster::sandbox::SandboxOptions options = quick_cloud()) : Party(0, std::move(options)) {
    std::filesystem::remove(directory() / "event.yaml");
    write("second.yaml", "apiVersion: muster/v1\nkind: OpenStackProject\nmetadata: {name: second}\nspec: {projectId: " +
                             other_project(*this) + "}\n");
    workshop(*this, "first", "cloud", 3);
    workshop(*this, "other", "second", 1);
    const Ran applied = run({"apply", "--yes"});
    INFO(applied.screen);
    REQUIRE(applied.code == 0);
    created_ = created();
  }

  std::uint64_t created() { return cloud().ledger().counts("server").created; }
  std::uint64_t deleted() { return cloud().ledger().counts("server").deleted; }
  std::string a_server_of_first() {
    for (const auto& server : cloud().ledger().created_ever("server")) {
      if (contains(server.name, "first")) return server.id;
    }
    throw std::logic_error("there is none");
  }
  void break_calls(const std::string& path, json rule) {
    rule["service"] = "nova";
    rule["path"] = variable("OS_PROJECT_ID") + path;
    cloud().faults().load({{"rules", {rule}}});
  }

  /// One host more is wanted in both; the first can be read in part at most, and says `why`.
  void check_that_only_the_other_proceeds(const std::string& why) {
    workshop(*this, "first", "cloud", 2);
    workshop(*this, "other", "second", 2);
    const Ran ran = run({"apply", "--yes", "--all"});
    INFO(ran.screen);
    CHECK(ran.code == 6);
    CHECK(contains(ran.out + ran.err, why));
    CHECK(created() == created_ + 1);
    CHECK(deleted() == 0);
    const Ran status = run({"status"});
    INFO(status.screen);
    CHECK(contains(status.screen, "unknown"));
  }

  /// Once the cloud is whole again: one host less, as asked for.
  void check_that_it_recovers() {
    cloud().faults().clear();
    const Ran whole = run({"apply", "--yes"});
    INFO(whole.screen);
    CHECK(whole.code == 0);
    CHECK(created() == created_ + 1);
    CHECK(deleted() == 1);
    CHECK(run({"plan", "--max-age", "0"}).code == 0);
  }

 private:
  std::uint64_t created_ = 0;
};

void set_cell(Party& party, const std::string& server, bool reachable) {
  httplib::Client control(party.cloud().url("control"));
  const auto answer =
      control.Post("/servers/" + server + "/cell", json{{"reachable", reachable}}.dump(), "application/json");
  REQUIRE(answer);
  REQUIRE(answer->status == 204);
}

}  // namespace

TEST_CASE("a list that breaks off makes what it lacks unknown, and nothing of it is removed or made again") {
  auto options = Party::quick_cloud();
  options.openstack.page_maximum = 2;
  TwoProjects party(options);
  party.break_calls("/servers/detail.*marker", {{"action", "status"}, {"status", 503}, {"body", "busy"}});
  // Which of them the first page shows depends on their ids.
  party.check_that_only_the_other_proceeds(" unknown: ");
  party.check_that_it_recovers();
}

TEST_CASE("the servers of a cell that does not answer are unknown, not gone") {
  TwoProjects party;
  const std::string lost = party.a_server_of_first();
  set_cell(party, lost, false);
  party.check_that_only_the_other_proceeds(" unknown: ");
  set_cell(party, lost, true);
  party.check_that_it_recovers();
}

TEST_CASE("a region that does not answer makes what is there unknown") {
  TwoProjects party;
  party.break_calls("", {{"action", "drop-before"}});
  party.check_that_only_the_other_proceeds("nova");
  party.check_that_it_recovers();
}

TEST_CASE("a login to another project does not see what the fleet has: unknown, with both projects and the way out") {
  TwoProjects party;
  const std::string own = party.variable("OS_PROJECT_ID");
  const std::string other = other_project(party);
  party.set_variable("OS_PROJECT_ID", other);
  party.set_variable("OS_PROJECT_NAME", "other");
  const std::string why = "what this fleet has at OpenStackProject/cloud is in project demo (" + own +
                          "), and the login now is for project other (" + other + ")";
  party.check_that_only_the_other_proceeds(why);
  const Ran plan = party.run({"plan", "--all"});
  INFO(plan.screen);
  CHECK(plan.code == 6);
  CHECK(contains(plan.out + plan.err, "`projectId: " + other + "`"));
  const Ran destroyed = party.run({"destroy", "--yes", "Workshop/first"});
  INFO(destroyed.screen);
  CHECK(destroyed.code != 0);
  CHECK(party.deleted() == 0);

  party.set_variable("OS_PROJECT_ID", own);
  party.set_variable("OS_PROJECT_NAME", "demo");
  party.check_that_it_recovers();
}

TEST_CASE("a manifest that names the new project moves the fleet there") {
  TwoProjects party;
  party.write("connections.yaml",
              "apiVersion: muster/v1\nkind: OpenStackProject\nmetadata: {name: cloud}\nspec: {projectId: " +
                  other_project(party) +
                  "}\n---\napiVersion: muster/v1\nkind: OvhAccount\nmetadata: {name: dns}\n"
                  "spec: {requestsPerMinute: 6000, burst: 500}\n");
  const Ran moved = party.run({"apply", "--yes"});
  INFO(moved.screen);
  CHECK(moved.code == 0);
  CHECK(party.created() == 7);
  CHECK(party.deleted() == 0);
}

TEST_CASE("an object that vanished is asked for by its id before it counts as gone") {
  TwoProjects party;
  const std::string vanished = party.a_server_of_first();
  party.vanish(vanished);
  party.break_calls("/servers/" + vanished, {{"action", "status"}, {"status", 500}, {"body", "{}"}});
  const Ran doubtful = party.run({"apply", "--yes", "--all"});
  INFO(doubtful.screen);
  CHECK(doubtful.code == 6);
  CHECK(contains(doubtful.out + doubtful.err, vanished));
  CHECK(party.created() == 4);
  party.cloud().faults().clear();
  const Ran certain = party.run({"apply", "--yes"});
  INFO(certain.screen);
  CHECK(certain.code == 0);
  CHECK(party.created() == 5);
}
