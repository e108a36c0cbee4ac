#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "sandbox/openstack_for_test.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;
using nlohmann::json;
using std::chrono::seconds;

TEST_CASE("an image name may stand for two images") {
  Lab lab;
  const json images = json::parse(lab.call("glance", "GET", "/v2/images?name=Debian%2011")->body);
  CHECK(images["images"].size() == 2);
}

TEST_CASE("neutron filters networks and knows the ports of a server") {
  Lab lab;
  const auto count = [&](const std::string& path, const char* key) {
    return json::parse(lab.call("neutron", "GET", "/v2.0/" + path)->body)[key].size();
  };
  CHECK(count("networks?name=Ext-Net&router:external=true", "networks") == 1);
  CHECK(count("networks?name=other", "networks") == 0);
  CHECK(lab.call("neutron", "GET", "/v2.0/networks?nope=1")->status == 400);
  const std::string id = lab.create(lab.server("one"));
  lab.pass(seconds(1));
  CHECK(count("ports?device_id=" + id, "ports") == 1);
  lab.nova("DELETE", "/servers/" + id);
  lab.pass(seconds(1));
  CHECK(count("ports", "ports") == 0);
  CHECK(count("ports?device_id=" + id, "ports") == 0);
}

TEST_CASE("a security group made in neutron can be used by a server") {
  Lab lab;
  CHECK(lab.call("neutron", "POST", "/v2.0/security-groups", {{"security_group", {{"name", "web"}}}})->status == 201);
  json model = lab.server("one");
  model["security_groups"] = json::array({json{{"name", "web"}}});
  const std::string id = lab.create(model);
  lab.pass(seconds(1));
  CHECK(lab.show(id)["security_groups"] == json::array({json{{"name", "web"}}}));
}

TEST_CASE("one seed gives the same cloud") {
  CHECK(Lab().get("/flavors")["flavors"][0]["id"] == Lab().get("/flavors")["flavors"][0]["id"]);
}

TEST_CASE("a security group asked for by id is shown by name, and stays while a server uses it") {
  Lab lab;
  const auto made = lab.call("neutron", "POST", "/v2.0/security-groups", {{"security_group", {{"name", "web"}}}});
  const std::string group = json::parse(made->body)["security_group"]["id"];
  json model = lab.server("one");
  model["security_groups"] = json::array({json{{"name", group}}});
  const auto answer = lab.nova("POST", "/servers", {{"server", model}});
  const json accepted = json::parse(answer->body)["server"];
  CHECK(accepted["security_groups"] == json::array({json{{"name", group}}}));
  const std::string id = accepted["id"];
  lab.pass(seconds(1));
  CHECK(lab.show(id)["security_groups"] == json::array({json{{"name", "web"}}}));
  const json ports = json::parse(lab.call("neutron", "GET", "/v2.0/ports?device_id=" + id)->body)["ports"];
  CHECK(ports.at(0)["security_groups"] == json::array({group}));

  const auto refused = lab.call("neutron", "DELETE", "/v2.0/security-groups/" + group);
  CHECK(refused->status == 409);
  CHECK(json::parse(refused->body)["NeutronError"]["message"] == "Security Group " + group + " in use.");
  lab.nova("DELETE", "/servers/" + id);
  lab.pass(seconds(1));
  CHECK(lab.call("neutron", "DELETE", "/v2.0/security-groups/" + group)->status == 204);
}

TEST_CASE("nova makes a key when none is brought, up to 2.91") {
  Lab lab;
  const auto made = lab.nova("POST", "/os-keypairs", {{"keypair", {{"name", "made"}}}});
  CHECK(made->status == 200);
  const json pair = json::parse(made->body)["keypair"];
  CHECK(pair["private_key"].get<std::string>().substr(0, 31) == "-----BEGIN RSA PRIVATE KEY-----");
  CHECK(pair["public_key"].get<std::string>().substr(0, 20) == "ssh-rsa AAAAB3NzaC1y");
  CHECK_FALSE(lab.get("/os-keypairs/made")["keypair"].contains("private_key"));
  const auto refused = lab.nova("POST", "/os-keypairs", {{"keypair", {{"name", "other"}}}}, "2.92");
  CHECK(refused->status == 400);
  json brought{{"name", "me@home"}, {"public_key", pair["public_key"]}};
  CHECK(lab.nova("POST", "/os-keypairs", {{"keypair", brought}}, "2.91")->status == 400);
  CHECK(lab.nova("POST", "/os-keypairs", {{"keypair", brought}}, "2.92")->status == 201);
}
