#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "sandbox/openstack_for_test.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("a server is built without addresses first, then active with one of each IP version") {
  Lab lab;
  const auto answer = lab.nova("POST", "/servers", {{"server", lab.server("one")}});
  REQUIRE(answer->status == 202);
  const json created = json::parse(answer->body)["server"];
  const std::string id = created["id"];
  CHECK_FALSE(created.contains("name"));
  CHECK(created["adminPass"].get<std::string>().size() == 12);
  CHECK_THAT(answer->header("Location"), Catch::Matchers::ContainsSubstring("/servers/" + id));
  CHECK(lab.show(id)["status"] == "BUILD");
  CHECK(lab.show(id)["addresses"] == json::object());
  CHECK(lab.show(id)["OS-EXT-STS:task_state"] == "scheduling");
  lab.pass(milliseconds(1000));
  const json active = lab.show(id);
  CHECK(active["status"] == "ACTIVE");
  std::set<int> versions;
  for (const json& address : active["addresses"]["Ext-Net"]) versions.insert(address["version"].get<int>());
  CHECK(versions == std::set<int>{4, 6});
}

TEST_CASE("the order of addresses is not the same for all servers") {
  Lab lab;
  json model = lab.server("many");
  model["min_count"] = 20;
  lab.create(model);
  lab.pass(seconds(1));
  std::set<int> first;
  const json servers = lab.get("/servers/detail")["servers"];
  for (const json& server : servers) {
    first.insert(server["addresses"]["Ext-Net"][0]["version"].get<int>());
  }
  CHECK(first == std::set<int>{4, 6});
}

TEST_CASE("a server that fits nowhere goes to ERROR with nova's fault") {
  Lab lab;
  const std::string id = lab.create(lab.server("big", "nofit"));
  lab.pass(milliseconds(1000));
  CHECK(lab.show(id)["status"] == "ERROR");
  CHECK_FALSE(lab.show(id).contains("fault"));
  lab.pass(milliseconds(20));
  CHECK(lab.show(id)["fault"]["message"] == "No valid host was found. ");
  CHECK_FALSE(lab.get("/servers/detail")["servers"][0].contains("fault"));
  CHECK(lab.show(id)["addresses"] == json::object());
}

TEST_CASE("a deleted server stays visible until the deletion is over") {
  Lab lab;
  const std::string id = lab.create(lab.server("one"));
  lab.pass(seconds(1));
  CHECK(lab.nova("DELETE", "/servers/" + id)->status == 204);
  CHECK(lab.show(id)["OS-EXT-STS:task_state"] == "deleting");
  CHECK(lab.nova("DELETE", "/servers/" + id)->status == 204);
  CHECK(lab.sandbox().ledger().counts("server").alive() == 1);
  lab.pass(milliseconds(500));
  CHECK(lab.nova("GET", "/servers/" + id)->status == 404);
  CHECK(lab.nova("DELETE", "/servers/" + id)->status == 404);
  CHECK(lab.sandbox().ledger().counts("server").alive() == 0);
  const json gone = lab.get("/servers/detail?changes-since=2020-01-01T00:00:00Z")["servers"][0];
  CHECK(gone["status"] == "DELETED");
}

TEST_CASE("a server deleted in BUILD is gone at once") {
  Lab lab;
  const std::string id = lab.create(lab.server("one"));
  CHECK(lab.nova("DELETE", "/servers/" + id)->status == 204);
  CHECK(lab.nova("GET", "/servers/" + id)->status == 404);
}

TEST_CASE("metadata is merged by POST, replaced by PUT and limited") {
  Lab lab;
  json model = lab.server("one");
  model["metadata"] = {{"muster-id", "x"}};
  const std::string path = "/servers/" + lab.create(model) + "/metadata";
  CHECK(json::parse(lab.nova("POST", path, {{"metadata", {{"a", "1"}}}})->body)["metadata"].size() == 2);
  CHECK(json::parse(lab.nova("PUT", path, {{"metadata", {{"b", "2"}}}})->body)["metadata"] == json{{"b", "2"}});
  CHECK(lab.nova("PUT", path + "/c", {{"meta", {{"d", "3"}}}})->status == 400);
  CHECK(lab.nova("DELETE", path + "/b")->status == 204);
  CHECK(lab.nova("DELETE", path + "/b")->status == 404);
  json many;
  for (int i = 0; i < 129; ++i) many["k" + std::to_string(i)] = "v";
  CHECK(lab.nova("POST", path, {{"metadata", many}})->status == 403);
  CHECK(lab.nova("POST", path, {{"metadata", {{"k", std::string(256, 'x')}}}})->status == 400);
}

TEST_CASE("a server that ran and failed later keeps the time it was launched") {
  Lab lab;
  const std::string ran = lab.create(lab.server("one"));
  lab.pass(seconds(1));
  const json launched = lab.show(ran)["OS-SRV-USG:launched_at"];
  CHECK(launched.is_string());
  const std::string never_ran = lab.create(lab.server("two"));
  for (const std::string& id : {ran, never_ran}) {
    lab.call("control", "POST", "/servers/" + id + "/state", {{"status", "ERROR"}, {"fault", "burnt"}});
  }
  CHECK(lab.show(ran)["OS-SRV-USG:launched_at"] == launched);
  CHECK(lab.show(never_ran)["OS-SRV-USG:launched_at"].is_null());
}

TEST_CASE("a lost answer leaves a server behind") {
  Lab lab;
  const json model = lab.server("one");
  lab.sandbox().faults().load(json::parse(
      R"({"rules": [{"service": "nova", "method": "POST", "path": "/servers$", "count": 1, "action": "drop-after"}]})"));
  CHECK_FALSE(lab.nova("POST", "/servers", {{"server", model}}));
  CHECK(lab.get("/servers")["servers"].size() == 1);
}

TEST_CASE("the fault script makes servers that fail or never finish") {
  Lab lab;
  const json model = lab.server("one");
  lab.sandbox().faults().load(json::parse(R"({"rules": [
      {"method": "POST", "path": "/servers$", "count": 1, "effect": "error"},
      {"method": "POST", "path": "/servers$", "count": 1, "effect": "stuck"}]})"));
  const std::string failed = lab.create(model);
  const std::string stuck = lab.create(model);
  lab.pass(seconds(600));
  CHECK(lab.show(failed)["status"] == "ERROR");
  CHECK(lab.show(stuck)["status"] == "BUILD");
}

TEST_CASE("the control service removes a server behind its owner's back") {
  Lab lab;
  const std::string id = lab.create(lab.server("one"));
  lab.pass(seconds(1));
  CHECK(lab.call("control", "POST", "/servers/" + id + "/state", {{"status", "ERROR"}, {"fault", "burnt"}})->status ==
        204);
  lab.pass(seconds(1));
  CHECK(lab.show(id)["fault"]["message"] == "burnt");
  CHECK(lab.call("control", "POST", "/servers/" + id + "/vanish")->status == 204);
  CHECK(lab.nova("GET", "/servers/" + id)->status == 404);
  CHECK(lab.call("control", "POST", "/servers/" + id + "/vanish")->status == 404);
  const json summary = json::parse(lab.call("control", "GET", "/summary")->body);
  CHECK(summary["objects"]["server"] == json{{"created", 1}, {"deleted", 1}, {"alive", 0}});
  CHECK_FALSE(summary["calls"].contains("control"));
  CHECK(summary["most_at_once"]["nova"] == 1);
}

TEST_CASE("there is no console to connect to") {
  Lab lab;
  const std::string id = lab.create(lab.server("one"));
  lab.pass(seconds(1));
  const json wish{{"remote_console", {{"protocol", "vnc"}, {"type", "novnc"}}}};
  const auto refused = lab.nova("POST", "/servers/" + id + "/remote-consoles", wish, "2.8");
  CHECK(refused->status == 400);
  CHECK(json::parse(refused->body)["badRequest"]["message"] == "Unavailable console type novnc.");
  CHECK(lab.nova("POST", "/servers/nope/remote-consoles", wish, "2.8")->status == 404);
  CHECK(lab.nova("POST", "/servers/" + id + "/remote-consoles", wish, "2.5")->status == 404);
}
