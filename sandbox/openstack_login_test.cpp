#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "sandbox/openstack_for_test.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;
using nlohmann::json;
using std::chrono::seconds;

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
  CHECK(glance->header("Content-Type") == "text/html; charset=UTF-8");
}

TEST_CASE("microversions are echoed, and refused beyond the newest") {
  Lab lab;
  CHECK(lab.nova("GET", "/servers", nullptr, "2.42")->header("OpenStack-API-Version") == "compute 2.42");
  CHECK(lab.nova("GET", "/servers", nullptr, "latest")->header("OpenStack-API-Version") == "compute 2.93");
  CHECK(lab.nova("GET", "/servers", nullptr, "2.94")->status == 406);
  CHECK(lab.nova("GET", "/servers", nullptr, "2.x")->status == 400);
  CHECK(lab.nova("GET", "/servers/x/tags", nullptr, "2.25")->status == 404);
}

TEST_CASE("a plain user sees its own projects only") {
  Lab lab;
  const json user = lab.log_in()["user"];
  const auto all = lab.call("keystone", "GET", "/v3/projects");
  CHECK(all->status == 403);
  CHECK(json::parse(all->body)["error"]["message"] ==
        "You are not authorized to perform the requested action: identity:list_projects.");
  const auto own = lab.call("keystone", "GET", "/v3/users/" + user["id"].get<std::string>() + "/projects");
  const json projects = json::parse(own->body)["projects"];
  REQUIRE(projects.size() == 2);
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

TEST_CASE("Keystone refuses what is no text where a text belongs") {
  Lab lab;
  const std::string path = "/v3/users/" + lab.log_in()["user"]["id"].get<std::string>() + "/application_credentials";
  const auto made_of = [&](const json& credential) {
    const auto answer = lab.call("keystone", "POST", path, {{"application_credential", credential}});
    CHECK(answer->status == 400);
    return message(answer);
  };
  CHECK(made_of({{"name", 7}}) == "Invalid input for field 'name': 7 is not of type 'string'");
  CHECK(made_of({{"name", nullptr}}) == "Invalid input for field 'name': None is not of type 'string'");
  CHECK(made_of({{"name", ""}}) == "Invalid input for field 'name': '' is too short");
  CHECK(made_of({{"name", "robot"}, {"secret", {7}}}) ==
        "Invalid input for field 'secret': [7] is not of type 'string'");
  CHECK(made_of(json::object()) == "'name' is a required property");

  const auto login_with = [&](const char* method, const json& credentials) {
    const json identity{{"methods", json::array({method})}, {method, credentials}};
    const auto answer = lab.call("keystone", "POST", "/v3/auth/tokens", {{"auth", {{"identity", identity}}}});
    CHECK(answer->status == 400);
    return message(answer);
  };
  CHECK(login_with("application_credential", {{"name", 7}, {"secret", "x"}}) ==
        "Invalid input for field 'identity/application_credential/name': 7 is not of type 'string'");
  CHECK(login_with("password", {{"user", {{"id", "x"}, {"password", 7}}}}) ==
        "Invalid input for field 'identity/password/user/password': 7 is not of type 'string'");
  CHECK(login_with("token", {{"id", nullptr}}) ==
        "Invalid input for field 'identity/token/id': None is not of type 'string'");
}
