#include "tests/cli/outsider.h"

#include <httplib.h>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace muster::test {
namespace {

using nlohmann::json;

std::string checked(const httplib::Result& result) {
  REQUIRE(result);
  INFO(result->body);
  REQUIRE(result->status >= 200);
  REQUIRE(result->status < 300);
  return result->body;
}

httplib::Headers dns_login() { return {{"Authorization", "Bearer " + sandbox::OvhOptions().access_tokens.front().id}}; }

}  // namespace

Outsider::Outsider(sandbox::Sandbox& cloud) : cloud_(cloud) {}

std::string Outsider::control(const std::string& path, const std::string& body) {
  return checked(httplib::Client(cloud_.url("control")).Post(path, body, "application/json"));
}

std::string Outsider::nova(const std::string& path, const std::string& body, const std::string& method) {
  auto variables = cloud_.environment();
  const json user{{"name", variables["OS_USERNAME"]},
                  {"domain", {{"name", variables["OS_USER_DOMAIN_NAME"]}}},
                  {"password", variables["OS_PASSWORD"]}};
  const json login{{"auth",
                    {{"identity", {{"methods", {"password"}}, {"password", {{"user", user}}}}},
                     {"scope", {{"project", {{"id", variables["OS_PROJECT_ID"]}}}}}}}};
  const auto token = httplib::Client(cloud_.url("keystone")).Post("/v3/auth/tokens", login.dump(), "application/json");
  checked(token);
  const httplib::Headers headers{{"X-Auth-Token", token->get_header_value("X-Subject-Token")}};
  std::string root;
  const json catalog = json::parse(token->body)["token"]["catalog"];
  for (const json& service : catalog)
    if (service["type"] == "compute") root = service["endpoints"][0]["url"];
  const std::string base = root.substr(root.find('/', root.find("://") + 3));
  httplib::Client client(cloud_.url("nova"));
  if (body.empty()) return checked(client.Get(base + path, headers));
  return checked(method == "PUT" ? client.Put(base + path, headers, body, "application/json")
                                 : client.Post(base + path, headers, body, "application/json"));
}

std::string Outsider::make_server(const std::string& name) {
  const auto first_id = [](const std::string& text, const char* list) {
    return json::parse(text)[list][0]["id"].get<std::string>();
  };
  const json server{{"name", name},
                    {"imageRef", json::parse(nova("/servers/detail"))["servers"][0]["image"]["id"]},
                    {"flavorRef", first_id(nova("/flavors"), "flavors")}};
  std::string id = json::parse(nova("/servers", json{{"server", server}}.dump()))["server"]["id"];
  while (json::parse(nova("/servers/" + id))["server"]["status"] == "BUILD") continue;
  return id;
}

void Outsider::take_stamp_off(const std::string& name) {
  const json found = json::parse(nova("/servers?name=%5E" + name + "%24"))["servers"];
  REQUIRE(found.size() == 1);
  nova("/servers/" + found[0]["id"].get<std::string>() + "/metadata", R"({"metadata": {}})", "PUT");
}

void Outsider::stop_server(const std::string& backend_id) {
  control("/servers/" + backend_id + "/state", R"({"status": "SHUTOFF"})");
}

void Outsider::add_record(const std::string& name, const std::string& type, const std::string& target) {
  control(
      "/records",
      json{{"zone", "example.com"}, {"fieldType", type}, {"subDomain", name}, {"target", target}, {"publish", false}}
          .dump());
}

void Outsider::change_records(const std::string& name, const std::string& type, const std::string& change) {
  httplib::Client client(cloud_.url("ovh"));
  const std::string zone = "/1.0/domain/zone/example.com";
  const json ids =
      json::parse(checked(client.Get(zone + "/record?fieldType=" + type + "&subDomain=" + name, dns_login())));
  REQUIRE_FALSE(ids.empty());
  for (const json& id : ids) {
    const std::string path = zone + "/record/" + std::to_string(id.get<std::int64_t>());
    checked(change.empty() ? client.Delete(path, dns_login())
                           : client.Put(path, dns_login(), change, "application/json"));
  }
}

void Outsider::set_ttl(const std::string& name, const std::string& type, std::int64_t ttl) {
  change_records(name, type, json{{"ttl", ttl}}.dump());
}

void Outsider::set_target(const std::string& name, const std::string& type, const std::string& target) {
  change_records(name, type, json{{"target", target}}.dump());
}

void Outsider::remove_records(const std::string& name, const std::string& type) { change_records(name, type, ""); }

}  // namespace muster::test
