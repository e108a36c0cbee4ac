// Everything that can be known to fail is told at once, before anything is written.

#include <fmt/format.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/cli/party.h"
#include "tests/support/catch.h"
#include "tests/support/hasty_clock.h"

namespace muster::test {
namespace {

using nlohmann::json;

/// A cloud whose clock can be set ahead, with room for two servers, and with a second OVH key that may only read.
struct Cloud {
  std::atomic<int> minutes_ahead{0};

  sandbox::SandboxOptions options() {
    sandbox::SandboxOptions all = Party::quick_cloud();
    all.clock = [this] { return hasty_now() + std::chrono::minutes(minutes_ahead); };
    all.openstack.quota_instances = 2;
    all.openstack.quota_cores = 2;
    all.openstack.quota_ram_mb = 4000;
    all.openstack.quota_ports = 2;
    all.ovh.consumer_keys.push_back({"key-that-reads", "", {{"GET", "/*"}}});
    return all;
  }
};

std::string workshop(const std::string& name, const std::string& rest) {
  return fmt::format(
      "apiVersion: muster/v1\nkind: Workshop\nmetadata: {{name: {}}}\nspec:\n  project: cloud\n"
      "  dns: {{account: dns, zone: example.com}}\n  login: {{user: attendee, password: {{env: EVENT_PASSWORD}}}}\n"
      "  tls: internal\n{}",
      name, rest);
}

std::string fleet(const std::string& uid) {
  return "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: party}\nspec: {uid: " + uid + "}\n";
}

json answer(const std::string& service, const std::string& path, const json& body) {
  return {{"service", service}, {"method", "GET"}, {"path", path},
          {"action", "status"}, {"status", 200},   {"headers", {{"Content-Type", "application/json"}}},
          {"body", body.dump()}};
}

/// What the sandbox's own cloud has not: an image still on its way, two networks of one name, one out of reach.
json odd_things() {
  const auto network = [](const char* id, const char* name, bool external) {
    return json{{"id", id}, {"name", name}, {"router:external", external}, {"shared", false}};
  };
  return {{"rules",
           {answer("glance", "images\\?name=fresh",
                   {{"images", {{{"id", "image-1"}, {"name", "fresh"}, {"status", "queued"}}}}}),
            answer("neutron", "networks\\?name=twice",
                   {{"networks", {network("net-1", "twice", false), network("net-2", "twice", false)}}}),
            answer("neutron", "networks\\?name=uplink", {{"networks", {network("net-3", "uplink", true)}}})}}};
}

std::vector<std::string> writing_calls(Party& party, std::uint64_t since) {
  std::vector<std::string> calls;
  for (const sandbox::LedgerEntry& entry : party.cloud().ledger().entries({}, since)) {
    const bool is_login = entry.kind == "keystone";
    if (entry.event != sandbox::Event::called || (entry.id != "GET" && !is_login))
      calls.push_back(entry.kind + " " + entry.name);
  }
  return calls;
}

/// A server, a scope and its records of somebody else's, where this fleet wants its own.
void let_others_take_names(Party& party) {
  party.write("fleet.yaml", fleet("ffeeddccbbaa99887766554433221100"));
  party.write("event.yaml", workshop("taken", "  hosts: {names: [anna]}\n  image: Debian 12\n  flavor: d2-2\n"));
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.forget_state();
  party.write("fleet.yaml", fleet(party.fleet_uid()));
}

void want_what_cannot_be(Party& party) {
  party.write("broken.yaml",
              workshop("broken",
                       "  hosts: {names: [carl]}\n  image: Debain 12\n  flavor: d2-22\n"
                       "  network: Ext-Nett\n  keyPair: nobody\n  securityGroups: [default, missing]\n"));
  party.write("doubtful.yaml", workshop("doubtful",
                                        "  hosts: {names: [dora]}\n  image: Debian 11\n  flavor: d2-2\n"
                                        "  network: twice\n"));
  party.write("large.yaml", workshop("large",
                                     "  hosts: {names: [emil]}\n  image: Windows Server 2022\n  flavor: d2-2\n"
                                     "  network: uplink\n"));
  party.write("fresh.yaml", workshop("fresh", "  hosts: {names: [fine]}\n  image: fresh\n  flavor: d2-2\n"));
}

TEST_CASE("whatever is wrong is in one report, each with the way out, and nothing is written") {
  Cloud cloud;
  Party party(0, cloud.options());
  let_others_take_names(party);
  want_what_cannot_be(party);
  party.cloud().faults().load(odd_things());
  party.set_variable("OVH_CONSUMER_KEY", "key-that-reads");
  cloud.minutes_ahead = 10;
  const std::uint64_t before = party.cloud().ledger().entries().back().seq;
  const Ran ran = party.run({"apply", "--yes"});
  check_golden("preflight-all.txt", ran.screen);
  CHECK(ran.code == 1);
  CHECK(writing_calls(party, before) == std::vector<std::string>{});
}

TEST_CASE("unattended, the problem of one workshop keeps no other from what it needs") {
  Cloud cloud;
  Party party(0, cloud.options());
  party.write("event.yaml", workshop("good", "  hosts: 1\n  image: Debian 12\n  flavor: d2-2\n"));
  party.write("other.yaml", workshop("bad", "  hosts: 1\n  image: Debian 99\n  flavor: d2-2\n"));
  CHECK(party.run({"apply", "--yes"}).code == 1);
  CHECK(party.cloud().ledger().counts("server").created == 0);
  const Ran ran = party.run({"reconcile"});
  INFO(ran.screen);
  CHECK(ran.code == 6);
  CHECK(ran.screen.find("Debian 99") != std::string::npos);
  CHECK(ran.err.find("Left out until its problem is mended: Workshop/bad. All else goes on.") != std::string::npos);
  REQUIRE(party.cloud().ledger().counts("server").created == 1);
  CHECK(party.cloud().ledger().created_ever("server").front().name.starts_with("good-"));
  // With nothing else to do it is what it was.
  CHECK(party.run({"reconcile"}).code == 1);
}

TEST_CASE("a post-install script that is too long is told before any call") {
  Party party(1);
  party.write("setup.sh", "#!/bin/sh\n" + std::string(50'000, '#') + "\n");
  party.write("event.yaml",
              workshop("my-event", "  hosts: 1\n  image: Debian 12\n  flavor: d2-2\n  postInstall: setup.sh\n"));
  const Ran ran = party.run({"apply", "--yes"});
  check_golden("preflight-user-data.txt", ran.screen);
  CHECK(ran.code == 3);
  CHECK(party.cloud().ledger().calls("keystone") == 0);
}

TEST_CASE("a clock that is a little wrong is told, and does not stop anything") {
  Cloud cloud;
  Party party(1, cloud.options());
  cloud.minutes_ahead = 2;
  const Ran ran = party.run({"apply", "--yes"});
  CHECK(ran.code == 0);
  CHECK(std::regex_search(ran.out, std::regex("warning: this machine's clock is [0-9]+ s behind that of OVH at ")));
  CHECK(ran.err.find("this machine's clock") == std::string::npos);
}

}  // namespace
}  // namespace muster::test
