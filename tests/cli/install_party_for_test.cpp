#include "tests/cli/install_party_for_test.h"

#include <fmt/format.h>
#include <httplib.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "sandbox/ovh_access.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

using nlohmann::json;

/// Scheme and authority, and the rest.
std::pair<std::string, std::string> split(const std::string& url) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  return path == std::string::npos ? std::pair(url, std::string()) : std::pair(url.substr(0, path), url.substr(path));
}

std::string body_of(const httplib::Result& answer) {
  REQUIRE(answer);
  INFO(answer->status << " " << answer->body);
  REQUIRE(answer->status / 100 == 2);
  return answer->body;
}

httplib::Result send(const std::string& root, const std::string& method, const std::string& path,
                     const httplib::Headers& headers, const std::string& body) {
  httplib::Client client(root);
  if (method == "POST") return client.Post(path, headers, body, "application/json");
  return client.Get(path, headers);
}

}  // namespace

InstallParty::InstallParty(sandbox::Sandbox& cloud, std::string name_space)
    : cloud_(cloud), namespace_(std::move(name_space)) {
  const auto variables = cloud.environment();
  const json login{{"auth",
                    {{"identity",
                      {{"methods", {"password"}},
                       {"password",
                        {{"user",
                          {{"name", variables.at("OS_USERNAME")},
                           {"password", variables.at("OS_PASSWORD")},
                           {"domain", {{"id", "default"}}}}}}}}},
                     {"scope", {{"project", {{"id", variables.at("OS_PROJECT_ID")}}}}}}}};
  const auto [root, path] = split(variables.at("OS_AUTH_URL"));
  const auto answer = send(root, "POST", path + "/auth/tokens", {}, login.dump());
  const json catalog = json::parse(body_of(answer))["token"]["catalog"];
  token_ = answer->get_header_value("X-Subject-Token");
  for (const json& service : catalog) {
    if (service["type"] == "compute") nova_path_ = split(service["endpoints"][0]["url"].get<std::string>()).second;
  }
}

std::string InstallParty::config() const {
  const auto variables = cloud_.environment();
  return fmt::format(R"(general:
  namespace: {}
  dns_zone: example.com
  riot_version: v1.4.2
instances:
  user: superevent
  password: fake-workshop-password
ovh:
  endpoint: {}
  application_key: {}
  application_secret: {}
  consumer_key: {}
openstack:
  api_version: 2
  auth_url: {}
  tenant_name: {}
  tenant_id: {}
  username: {}
  password: {}
  region_name: {}
  image_id: Debian 12
  flavor_id: d2-2
)",
                     namespace_, variables.at("OVH_ENDPOINT"), variables.at("OVH_APPLICATION_KEY"),
                     variables.at("OVH_APPLICATION_SECRET"), variables.at("OVH_CONSUMER_KEY"),
                     variables.at("OS_AUTH_URL"), variables.at("OS_PROJECT_NAME"), variables.at("OS_PROJECT_ID"),
                     variables.at("OS_USERNAME"), variables.at("OS_PASSWORD"), variables.at("OS_REGION_NAME"));
}

std::vector<std::string> InstallParty::secrets() const {
  const auto variables = cloud_.environment();
  std::vector<std::string> secrets{"fake-workshop-password"};
  for (const char* name : {"OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY", "OS_PASSWORD"})
    secrets.push_back(variables.at(name));
  return secrets;
}

std::string InstallParty::nova(const std::string& method, const std::string& path, const std::string& body) {
  return body_of(send(cloud_.url("nova"), method, nova_path_ + path, {{"X-Auth-Token", token_}}, body));
}

std::string InstallParty::ovh(const std::string& method, const std::string& path, const std::string& body) {
  const auto variables = cloud_.environment();
  const auto [root, base] = split(variables.at("OVH_ENDPOINT"));
  const std::string now = body_of(send(root, "GET", base + "/auth/time", {}, {}));
  const httplib::Headers headers{{"X-Ovh-Application", variables.at("OVH_APPLICATION_KEY")},
                                 {"X-Ovh-Consumer", variables.at("OVH_CONSUMER_KEY")},
                                 {"X-Ovh-Timestamp", now},
                                 {"X-Ovh-Signature", sandbox::ovh_signature(variables.at("OVH_APPLICATION_SECRET"),
                                                                            variables.at("OVH_CONSUMER_KEY"), method,
                                                                            root + base + path, body, now)}};
  const auto answer = send(root, method, base + path, headers, body);
  REQUIRE(answer);
  if (answer->status == 409) {  // another publication runs
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return ovh(method, path, body);
  }
  return body_of(answer);
}

std::string InstallParty::id_of(const std::string& collection, const std::string& name) {
  const std::string answer =
      collection == "flavors"
          ? nova("GET", "/flavors")
          : body_of(send(cloud_.url("glance"), "GET", "/v2/images", {{"X-Auth-Token", token_}}, {}));
  const json things = json::parse(answer).at(collection);
  for (const json& item : things) {
    if (item["name"] == name) return item["id"];
  }
  FAIL("the cloud has nothing called " << name);
  return {};
}

std::string InstallParty::add_server(const std::string& server, const std::string& image, const std::string& metadata) {
  json wanted{{"name", server},
              {"imageRef", id_of("images", image)},
              {"flavorRef", id_of("flavors", "d2-2")},
              {"user_data", "IyEvYmluL3NoCg=="},
              {"min_count", 1},
              {"max_count", 1}};
  if (!metadata.empty()) wanted["metadata"] = json::parse(metadata);
  return json::parse(nova("POST", "/servers", json{{"server", wanted}}.dump()))["server"]["id"];
}

void InstallParty::await_active(const std::string& id) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    const json server = json::parse(nova("GET", "/servers/" + id))["server"];
    if (server["status"] == "ACTIVE") return;
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::string InstallParty::address_of(const std::string& id) {
  const json addresses = json::parse(nova("GET", "/servers/" + id)).at("server").at("addresses").at("Ext-Net");
  for (const json& address : addresses) {
    if (address["version"] == 4) return address["addr"];
  }
  FAIL("server " << id << " has no IPv4 address");
  return {};
}

void InstallParty::add_record(const std::string& sub_domain, const std::string& address) {
  ovh("POST", "/domain/zone/example.com/record",
      json{{"fieldType", "A"}, {"subDomain", sub_domain}, {"target", address}}.dump());
  ovh("POST", "/domain/zone/example.com/refresh", "{}");
}

std::string InstallParty::create(const std::string& name) {
  std::string id = add_server(namespace_ + "-" + name);
  await_active(id);
  add_record(name + "." + namespace_, address_of(id));
  return id;
}

}  // namespace muster::test
