#include "sandbox/openstack_for_test.h"

#include <httplib.h>

#include <algorithm>
#include <utility>

#include "tests/support/catch.h"

namespace muster::sandbox {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

SandboxOptions with_clock(SandboxOptions options, const std::shared_ptr<std::atomic<std::int64_t>>& now) {
  options.clock = [now] { return Time(milliseconds(now->load())); };
  return options;
}

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

}  // namespace

std::string Answer::header(const std::string& name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& one) {
    return std::equal(one.first.begin(), one.first.end(), name.begin(), name.end(),
                      [](char left, char right) { return lower(left) == lower(right); });
  });
  return found == headers.end() ? std::string() : found->second;
}

Lab::Lab(SandboxOptions options)
    : now_(std::make_shared<std::atomic<std::int64_t>>(std::int64_t{1795246509} * 1000)),
      sandbox_(with_clock(std::move(options), now_)),
      environment_(sandbox_.environment()) {
  log_in();
}

std::optional<Answer> Lab::call(const std::string& service, const std::string& method, const std::string& path,
                                const json& body, const std::multimap<std::string, std::string>& headers) {
  httplib::Client client(sandbox_.url(service));
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.headers.insert(headers.begin(), headers.end());
  if (headers.count("X-Auth-Token") == 0) request.headers.emplace("X-Auth-Token", token_);
  if (!body.is_null()) {
    request.body = body.dump();
    request.set_header("Content-Type", "application/json");
  }
  const httplib::Result result = client.send(request);
  if (!result) return std::nullopt;
  return Answer{result->status, result->body, {result->headers.begin(), result->headers.end()}};
}

std::optional<Answer> Lab::nova(const std::string& method, const std::string& path, const json& body,
                                const std::string& version) {
  return call("nova", method, "/v2.1/" + environment_.at("OS_PROJECT_ID") + path, body,
              {{"OpenStack-API-Version", "compute " + version}});
}

std::optional<Answer> Lab::log_in_with(const std::string& password) {
  const json domain{{"name", "Default"}};
  const json user{{"name", environment_.at("OS_USERNAME")}, {"password", password}, {"domain", domain}};
  const json identity{{"methods", json::array({"password"})}, {"password", {{"user", user}}}};
  return call("keystone", "POST", "/v3/auth/tokens", {{"auth", {{"identity", identity}}}});
}

json Lab::get(const std::string& path, const std::string& version) {
  const auto answer = nova("GET", path, nullptr, version);
  REQUIRE(answer);
  REQUIRE(answer->status == 200);
  return json::parse(answer->body);
}

json Lab::log_in() {
  const auto answer = log_in_with(environment_.at("OS_PASSWORD"));
  REQUIRE(answer);
  REQUIRE(answer->status == 201);
  token_ = answer->header("X-Subject-Token");
  return json::parse(answer->body)["token"];
}

std::string Lab::create(const json& server) {
  const auto answer = nova("POST", "/servers", {{"server", server}});
  REQUIRE(answer);
  INFO(answer->body);
  REQUIRE(answer->status == 202);
  return json::parse(answer->body)["server"]["id"];
}

json Lab::server(const std::string& name, const std::string& flavor) {
  std::string flavor_id;
  const json flavors = get("/flavors")["flavors"];
  for (const json& one : flavors) {
    if (one["name"] == flavor) flavor_id = one["id"];
  }
  const auto images = call("glance", "GET", "/v2/images?name=Debian%2012");
  return {{"name", name}, {"flavorRef", flavor_id}, {"imageRef", json::parse(images->body)["images"][0]["id"]}};
}

std::string message(const std::optional<Answer>& answer) {
  REQUIRE(answer);
  const json body = json::parse(answer->body);
  return body.begin().value()["message"];
}

}  // namespace muster::sandbox
