#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sandbox/openstack_for_test.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;
using nlohmann::json;

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

TEST_CASE("servers of a cell that does not answer are in no page, and bare where they are shown") {
  Lab lab;
  lab.create(lab.server("here"));
  const std::string lost = lab.create(lab.server("lost"));
  REQUIRE(lab.call("control", "POST", "/servers/" + lost + "/cell", {{"reachable", false}})->status == 204);
  CHECK(lab.get("/servers/detail?limit=10", "2.69")["servers"].size() == 1);
  CHECK(lab.get("/servers/detail", "2.68")["servers"].size() == 1);
  const json all = lab.get("/servers/detail", "2.69")["servers"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["status"] == "UNKNOWN");
  CHECK_FALSE(all[0].contains("metadata"));
  CHECK(lab.get("/servers/" + lost, "2.69")["server"] == all[0]);
  CHECK(lab.nova("GET", "/servers/" + lost, nullptr, "2.68")->status == 500);
  CHECK(lab.nova("DELETE", "/servers/" + lost, nullptr, "2.69")->status == 500);
  REQUIRE(lab.call("control", "POST", "/servers/" + lost + "/cell", {{"reachable", true}})->status == 204);
  CHECK(lab.show(lost)["name"] == "lost");
}

TEST_CASE("a project sees its own servers and no others") {
  Lab lab;
  const std::string own = lab.create(lab.server("own"));
  const auto environment = lab.sandbox().environment();
  const json scope{{"project", {{"name", "other"}, {"domain", {{"id", "default"}}}}}};
  const json user{{"name", environment.at("OS_USERNAME")},
                  {"password", environment.at("OS_PASSWORD")},
                  {"domain", {{"id", "default"}}}};
  const json identity{{"methods", {"password"}}, {"password", {{"user", user}}}};
  const auto login =
      lab.call("keystone", "POST", "/v3/auth/tokens", {{"auth", {{"identity", identity}, {"scope", scope}}}});
  REQUIRE(login->status == 201);
  const json token = json::parse(login->body)["token"];
  CHECK(token["project"]["name"] == "other");
  const std::string other = token["project"]["id"];
  const std::multimap<std::string, std::string> headers{{"X-Auth-Token", login->header("X-Subject-Token")}};
  const auto as_other = [&](const std::string& method, const std::string& path, const json& body = nullptr) {
    return lab.call("nova", method, "/v2.1/" + other + path, body, headers);
  };
  CHECK(json::parse(as_other("GET", "/servers")->body)["servers"].empty());
  CHECK(as_other("GET", "/servers/" + own)->status == 404);
  CHECK(as_other("DELETE", "/servers/" + own)->status == 404);
  CHECK(as_other("POST", "/servers", {{"server", lab.server("other")}})->status == 202);
  CHECK(lab.get("/servers")["servers"].size() == 1);
  CHECK(lab.call("nova", "GET", "/v2.1/" + environment.at("OS_PROJECT_ID") + "/servers", nullptr, headers)->status ==
        400);
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
  CHECK(lab.call("glance", "GET", "/v2/images/nope")->header("Content-Type") == "text/html; charset=UTF-8");
  const auto as_json = lab.call("glance", "GET", "/v2/images/nope", nullptr, {{"Accept", "application/json"}});
  CHECK(json::parse(as_json->body)["code"] == "404 Not Found");
}
