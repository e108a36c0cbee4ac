#include <httplib.h>

#include <atomic>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "sandbox/sandbox.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// A cloud whose clock stands still until it is moved.
class Lab {
 public:
  explicit Lab(SandboxOptions options = {}) : sandbox_(with_clock(std::move(options), now_)) {
    environment_ = sandbox_.environment();
    log_in();
  }

  void pass(milliseconds time) { *now_ += time.count(); }
  Sandbox& sandbox() { return sandbox_; }

  httplib::Result call(const std::string& service, const std::string& method, const std::string& path,
                       const json& body = nullptr, httplib::Headers headers = {}) {
    httplib::Client client(sandbox_.url(service));
    headers.emplace("X-Auth-Token", token_);
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    if (!body.is_null()) {
      request.body = body.dump();
      request.set_header("Content-Type", "application/json");
    }
    return client.send(request);
  }
  httplib::Result nova(const std::string& method, const std::string& path, const json& body = nullptr,
                       const std::string& version = "2.1") {
    return call("nova", method, "/v2.1/" + environment_.at("OS_PROJECT_ID") + path, body,
                {{"OpenStack-API-Version", "compute " + version}});
  }
  json get(const std::string& path, const std::string& version = "2.1") {
    const auto answer = nova("GET", path, nullptr, version);
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    return json::parse(answer->body);
  }
  httplib::Result log_in_with(const std::string& password) {
    const json domain{{"name", "Default"}};
    const json user{{"name", environment_.at("OS_USERNAME")}, {"password", password}, {"domain", domain}};
    const json identity{{"methods", json::array({"password"})}, {"password", {{"user", user}}}};
    return call("keystone", "POST", "/v3/auth/tokens", {{"auth", {{"identity", identity}}}});
  }
  json log_in() {
    const auto answer = log_in_with(environment_.at("OS_PASSWORD"));
    REQUIRE(answer);
    REQUIRE(answer->status == 201);
    token_ = answer->get_header_value("X-Subject-Token");
    return json::parse(answer->body)["token"];
  }
  json server(const std::string& name, const std::string& flavor = "d2-2") {
    std::string flavor_id;
    const json flavors = get("/flavors")["flavors"];
    for (const json& one : flavors) {
      if (one["name"] == flavor) flavor_id = one["id"];
    }
    const auto images = call("glance", "GET", "/v2/images?name=Debian%2012");
    return {{"name", name}, {"flavorRef", flavor_id}, {"imageRef", json::parse(images->body)["images"][0]["id"]}};
  }
  std::string create(const json& server) {
    const auto answer = nova("POST", "/servers", {{"server", server}});
    REQUIRE(answer);
    INFO(answer->body);
    REQUIRE(answer->status == 202);
    return json::parse(answer->body)["server"]["id"];
  }
  json show(const std::string& id) { return get("/servers/" + id)["server"]; }

 private:
  static SandboxOptions with_clock(SandboxOptions options, const std::shared_ptr<std::atomic<std::int64_t>>& now) {
    options.clock = [now] { return Time(milliseconds(now->load())); };
    return options;
  }

  std::shared_ptr<std::atomic<std::int64_t>> now_ =
      std::make_shared<std::atomic<std::int64_t>>(std::int64_t{1795246509} * 1000);
  Sandbox sandbox_;
  std::map<std::string, std::string> environment_;
  std::string token_;
};

std::string message(const httplib::Result& answer) {
  const json body = json::parse(answer->body);
  return body.begin().value()["message"];
}

}  // namespace

TEST_CASE("a login gives a token with a catalog of three interfaces per service") {
  Lab lab;
  const json token = lab.log_in();
  std::set<std::string> types;
  for (const json& service : token["catalog"]) {
    types.insert(service["type"]);
    CHECK(service["endpoints"].size() == 3);
  }
  CHECK(types == std::set<std::string>{"compute", "identity", "image", "network"});
  CHECK(token["expires_at"].get<std::string>().size() == std::string("2026-11-21T05:02:58.000000Z").size());
  CHECK(lab.log_in_with("wrong")->status == 401);
}

TEST_CASE("an expired token is refused by every service in its own words") {
  Lab lab;
  lab.pass(seconds(3601));
  CHECK(lab.nova("GET", "/servers")->status == 401);
  CHECK(lab.call("neutron", "GET", "/v2.0/networks")->status == 401);
  const auto glance = lab.call("glance", "GET", "/v2/images");
  CHECK(glance->status == 401);
  CHECK(glance->get_header_value("Content-Type") == "text/html; charset=UTF-8");
}

TEST_CASE("microversions are echoed, and refused beyond the newest") {
  Lab lab;
  CHECK(lab.nova("GET", "/servers", nullptr, "2.42")->get_header_value("OpenStack-API-Version") == "compute 2.42");
  CHECK(lab.nova("GET", "/servers", nullptr, "latest")->get_header_value("OpenStack-API-Version") == "compute 2.93");
  CHECK(lab.nova("GET", "/servers", nullptr, "2.94")->status == 406);
  CHECK(lab.nova("GET", "/servers", nullptr, "2.x")->status == 400);
  CHECK(lab.nova("GET", "/servers/x/tags", nullptr, "2.25")->status == 404);
}

TEST_CASE("a server is built without addresses first, then active with one of each IP version") {
  Lab lab;
  const auto answer = lab.nova("POST", "/servers", {{"server", lab.server("one")}});
  REQUIRE(answer->status == 202);
  const json created = json::parse(answer->body)["server"];
  const std::string id = created["id"];
  CHECK_FALSE(created.contains("name"));
  CHECK(created["adminPass"].get<std::string>().size() == 12);
  CHECK_THAT(answer->get_header_value("Location"), Catch::Matchers::ContainsSubstring("/servers/" + id));
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

TEST_CASE("lists are newest first, and a full last page has a link to an empty one") {
  Lab lab;
  json model = lab.server("s");
  model["min_count"] = 4;
  lab.create(model);
  std::vector<std::string> names;
  std::string path = "/servers?limit=2";
  int pages = 0;
  while (!path.empty()) {
    const json page = lab.get(path);
    ++pages;
    for (const json& server : page["servers"]) names.push_back(server["name"]);
    if (!page.contains("servers_links")) break;
    const std::string href = page["servers_links"][0]["href"];
    path = href.substr(href.find("/servers"));
  }
  CHECK(names == std::vector<std::string>{"s-4", "s-3", "s-2", "s-1"});
  CHECK(pages == 3);
  CHECK(message(lab.nova("GET", "/servers?marker=nope")) == "marker [nope] not found");
  CHECK(lab.nova("GET", "/servers?limit=-1")->status == 400);
}

TEST_CASE("a page never holds more than the server's maximum") {
  SandboxOptions options;
  options.openstack.page_maximum = 10;
  Lab lab(options);
  json model = lab.server("s");
  model["min_count"] = 12;
  lab.create(model);
  CHECK(lab.get("/servers")["servers"].size() == 10);
  CHECK(lab.get("/servers?limit=5000").contains("servers_links"));
}

TEST_CASE("the name filter is a regular expression that matches anywhere") {
  Lab lab;
  lab.create(lab.server("web-1"));
  lab.create(lab.server("my-web-12"));
  CHECK(lab.get("/servers?name=web-1")["servers"].size() == 2);
  CHECK(lab.get("/servers?name=%5EWEB-1%24")["servers"].size() == 1);
  CHECK(lab.nova("GET", "/servers?name=(")->status == 400);
}

TEST_CASE("a plain user who filters by what only an administrator may is not refused, nor are the servers filtered") {
  Lab lab;
  lab.create(lab.server("here"));
  for (const char* query : {"?deleted=False", "?deleted=True", "?host=nope"}) {
    INFO(query);
    const json servers = lab.get(std::string("/servers/detail") + query, "2.93")["servers"];
    REQUIRE(servers.size() == 1);
    CHECK(servers[0]["name"] == "here");
  }
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

TEST_CASE("tags come with 2.26 and filter lists") {
  Lab lab;
  const std::string id = lab.create(lab.server("one"));
  lab.create(lab.server("two"));
  CHECK(lab.nova("PUT", "/servers/" + id + "/tags", {{"tags", {"a", "b"}}}, "2.26")->status == 200);
  CHECK(lab.get("/servers?tags=a,b", "2.26")["servers"].size() == 1);
  CHECK(lab.get("/servers?not-tags=a", "2.26")["servers"].size() == 1);
  CHECK(lab.get("/servers?tags=a,b", "2.1")["servers"].size() == 2);
  CHECK(lab.nova("PUT", "/servers/" + id + "/tags/x%2Cy", nullptr, "2.26")->status == 400);
}

TEST_CASE("a bad order is refused in nova's words") {
  Lab lab;
  json good = lab.server("one");
  CHECK_THAT(message(lab.nova("POST", "/servers", {{"server", good}}, "2.37")),
             Catch::Matchers::EndsWith("'networks' is a required property"));
  good["networks"] = json::array();
  const auto refusal = [&](const char* member, json value, const std::string& version = "2.1") {
    json bad = good;
    bad[member] = std::move(value);
    return lab.nova("POST", "/servers", {{"server", bad}}, version);
  };
  CHECK(message(refusal("flavorRef", "nope")) == "Flavor nope could not be found.");
  CHECK(message(refusal("imageRef", "00000000-0000-0000-0000-000000000000")) == "Can not find requested image");
  CHECK_THAT(message(refusal("imageRef", "nope")),
             Catch::Matchers::StartsWith("Invalid input for field/attribute imageRef"));
  CHECK(message(refusal("key_name", "nope")) == "Invalid key_name provided.");
  CHECK(message(refusal("availability_zone", "nope")) == "The requested availability zone is not available");
  CHECK(message(refusal("security_groups", json::array({json{{"name", "nope"}}}))) ==
        "Unable to find security_group with name or id 'nope'");
  CHECK_THAT(message(refusal("user_data", std::string(65536, 'A'))), Catch::Matchers::EndsWith("is too long"));
  CHECK(refusal("user_data", std::string(65535, 'A'))->status == 202);
  CHECK_THAT(message(refusal("tags", json::array({"a"}), "2.51")),
             Catch::Matchers::ContainsSubstring("Additional properties are not allowed ('tags' was unexpected)"));
  CHECK(lab.sandbox().ledger().counts("server").created == 1);
}

TEST_CASE("a body beyond nova's limit is answered 413 in HTML") {
  Lab lab;
  const auto answer = lab.nova("POST", "/servers", {{"server", std::string(120000, 'x')}});
  CHECK(answer->status == 413);
  CHECK(answer->get_header_value("Content-Type") == "text/html; charset=UTF-8");
}

TEST_CASE("quotas count what exists and name what is short") {
  SandboxOptions options;
  options.openstack.quota_instances = 2;
  options.openstack.quota_cores = 2;
  options.openstack.quota_ram_mb = 4096;
  Lab lab(options);
  lab.create(lab.server("one"));
  lab.create(lab.server("two"));
  const auto answer = lab.nova("POST", "/servers", {{"server", lab.server("three")}});
  CHECK(answer->status == 403);
  CHECK(message(answer) ==
        "Quota exceeded for cores, instances, ram: Requested 1, 1, 2000, but already used 2, 2, 4000 of 2, 2, 4096 "
        "cores, instances, ram");
  CHECK(lab.get("/limits")["limits"]["absolute"]["totalInstancesUsed"] == 2);
}

TEST_CASE("a quota of ports is told by neutron and kept by nova") {
  SandboxOptions options;
  options.openstack.quota_ports = 1;
  Lab lab(options);
  lab.create(lab.server("one"));
  lab.pass(seconds(1));
  const std::string project = lab.sandbox().environment().at("OS_PROJECT_ID");
  const json quota = json::parse(lab.call("neutron", "GET", "/v2.0/quotas/" + project + "/details.json")->body);
  CHECK(quota["quota"]["port"] == json{{"limit", 1}, {"used", 1}, {"reserved", 0}});
  const auto answer = lab.nova("POST", "/servers", {{"server", lab.server("two")}});
  CHECK(answer->status == 403);
  CHECK(message(answer) == "Maximum number of ports exceeded");
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

TEST_CASE("servers beyond the capacity go to ERROR") {
  SandboxOptions options;
  options.openstack.capacity_instances = 1;
  Lab lab(options);
  const std::string first = lab.create(lab.server("one"));
  const std::string second = lab.create(lab.server("two"));
  lab.pass(milliseconds(1020));
  CHECK(lab.show(first)["status"] == "ACTIVE");
  CHECK(lab.show(second)["status"] == "ERROR");
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
}

TEST_CASE("an image name may stand for two images") {
  Lab lab;
  const json images = json::parse(lab.call("glance", "GET", "/v2/images?name=Debian%2011")->body);
  CHECK(images["images"].size() == 2);
}

TEST_CASE("glance pages by a relative link and errs in HTML unless asked for JSON") {
  Lab lab;
  std::string path = "/v2/images?limit=2";
  std::size_t count = 0;
  while (!path.empty()) {
    const json page = json::parse(lab.call("glance", "GET", path)->body);
    count += page["images"].size();
    path = page.value("next", "");
  }
  CHECK(count == 5);
  CHECK(lab.call("glance", "GET", "/v2/images/nope")->get_header_value("Content-Type") == "text/html; charset=UTF-8");
  const auto as_json = lab.call("glance", "GET", "/v2/images/nope", nullptr, {{"Accept", "application/json"}});
  CHECK(json::parse(as_json->body)["code"] == "404 Not Found");
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

TEST_CASE("a plain user sees its own project only") {
  Lab lab;
  const json user = lab.log_in()["user"];
  const auto all = lab.call("keystone", "GET", "/v3/projects");
  CHECK(all->status == 403);
  CHECK(json::parse(all->body)["error"]["message"] ==
        "You are not authorized to perform the requested action: identity:list_projects.");
  const auto own = lab.call("keystone", "GET", "/v3/users/" + user["id"].get<std::string>() + "/projects");
  const json projects = json::parse(own->body)["projects"];
  REQUIRE(projects.size() == 1);
  CHECK(lab.call("keystone", "GET", "/v3/projects/" + projects[0]["id"].get<std::string>())->status == 200);
  CHECK(lab.call("keystone", "GET", "/v3/projects/0123")->status == 403);
}

TEST_CASE("an application credential whose secret is null gets one that logs in") {
  Lab lab;
  const std::string path = "/v3/users/" + lab.log_in()["user"]["id"].get<std::string>() + "/application_credentials";
  const json unset{{"name", "robot"},
                   {"description", nullptr},
                   {"secret", nullptr},
                   {"expires_at", nullptr},
                   {"roles", json::array()},
                   {"unrestricted", false},
                   {"access_rules", json::array()}};
  const auto made = lab.call("keystone", "POST", path, {{"application_credential", unset}});
  REQUIRE(made->status == 201);
  const json credential = json::parse(made->body)["application_credential"];
  CHECK(credential["description"].is_null());
  REQUIRE(credential["secret"].is_string());
  const json login{{"id", credential["id"]}, {"secret", credential["secret"]}};
  const json identity{{"methods", json::array({"application_credential"})}, {"application_credential", login}};
  const auto token = lab.call("keystone", "POST", "/v3/auth/tokens", {{"auth", {{"identity", identity}}}});
  CHECK(token->status == 201);

  const auto shown = lab.call("keystone", "GET", path + "/" + credential["id"].get<std::string>());
  REQUIRE(shown->status == 200);
  CHECK(json::parse(shown->body)["application_credential"]["name"] == "robot");
  CHECK_FALSE(json::parse(shown->body)["application_credential"].contains("secret"));
  const auto missing = lab.call("keystone", "GET", path + "/nope");
  CHECK(missing->status == 404);
  CHECK(message(missing) == "Could not find Application Credential: nope.");
}
