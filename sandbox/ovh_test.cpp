#include "sandbox/ovh.h"

#include <fmt/format.h>
#include <httplib.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace muster::sandbox;
using Json = nlohmann::json;
using std::chrono::seconds;

namespace {

/// Time that only moves when a test says so.
struct HandClock {
  Clock clock() {
    return [this] { return Time(seconds(now.load())); };
  }
  std::atomic<std::int64_t> now{1795244400};
};

struct OvhAnswer {
  int status = 0;
  Json body;
  httplib::Headers headers;
  std::string message() const { return body.value("message", ""); }
};

struct Account {
  explicit Account(OvhOptions options = {})
      : world(clock.clock(), 1, {}), api(world, std::move(options)), service(world, {.name = "ovh", .too_many = {}}) {
    api.mount(service);
    service.start();
  }

  OvhAnswer send(const std::string& method, const std::string& target, const std::string& body,
                 httplib::Headers headers) {
    httplib::Client client("127.0.0.1", service.port());
    httplib::Request request;
    request.method = method;
    request.path = target;
    request.headers = std::move(headers);
    request.body = body;
    if (!body.empty()) request.set_header("Content-Type", "application/json");
    const auto result = client.send(request);
    REQUIRE(result);
    return {result->status, Json::parse(result->body, nullptr, false), result->headers};
  }
  httplib::Headers signature(const std::string& method, const std::string& url, const std::string& body) {
    const std::string time = std::to_string(clock.now);
    return {{"X-Ovh-Application", application},
            {"X-Ovh-Consumer", consumer},
            {"X-Ovh-Timestamp", time},
            {"X-Ovh-Signature", ovh_signature(secret, consumer, method, url, body, time)}};
  }
  OvhAnswer call(const std::string& method, const std::string& path, const Json& body = {}) {
    const std::string target = "/1.0" + path;
    const std::string text = body.is_null() ? "" : body.dump();
    return send(method, target, text, signature(method, service.url() + target, text));
  }
  std::int64_t make(const Json& body) {
    const OvhAnswer made = call("POST", "/domain/zone/example.com/record", body);
    REQUIRE(made.status == 200);
    return made.body["id"];
  }

  HandClock clock;
  World world;
  OvhApi api;
  HttpService service;
  std::string application = OvhOptions().application_key;
  std::string secret = OvhOptions().application_secret;
  std::string consumer = OvhOptions().consumer_keys.front().id;
};

OvhGrant key_with(const std::string& id, std::vector<OvhAccessRule> rules) { return {id, "", std::move(rules)}; }

}  // namespace

TEST_CASE("the signature is the documented one") {
  CHECK(ovh_signature("secret", "consumer", "GET", "https://eu.api.ovh.com/1.0/domain/zone?a=b", "", "1366560945") ==
        "$1$fcaaaebae5d978215dec71a683c9dce4fe0f9fa5");
}

TEST_CASE("the time needs no key, everything else does") {
  Account account;
  const OvhAnswer time = account.send("GET", "/1.0/auth/time", "", {});
  CHECK(time.body == 1795244400);
  CHECK(time.headers.count("X-OVH-QUERYID") == 1);
  const OvhAnswer list = account.send("GET", "/v1/domain/zone", "", {});
  CHECK(list.status == 401);
  CHECK(list.body == Json{{"class", "Client::Unauthorized"}, {"message", "You must login first"}});
}

TEST_CASE("a signature over any of the URLs that clients build is accepted") {
  Account account;
  const std::string port = std::to_string(account.service.port());
  for (const std::string& root :
       {"http://127.0.0.1:" + port, "https://127.0.0.1:" + port, std::string("https://127.0.0.1")})
    for (const std::string path :
         {"/1.0/domain/zone", "/v1/domain/zone/", "/1.0/domain/zone/example.com/record?fieldType=NS"})
      CHECK(account.send("GET", path, "", account.signature("GET", root + path, "")).status == 200);
  CHECK(account.call("GET", "/domain/zone").body == Json{"example.com", "example.net"});
}

TEST_CASE("each failure of authentication has its own answer") {
  Account account;
  SECTION("secret") {
    account.secret = "other";
    const OvhAnswer answer = account.call("GET", "/domain/zone");
    CHECK(answer.status == 400);
    CHECK(answer.body ==
          Json{{"errorCode", "INVALID_SIGNATURE"}, {"httpCode", "400 Bad Request"}, {"message", "Invalid signature"}});
  }
  SECTION("consumer key") {
    account.consumer = "other";
    const OvhAnswer answer = account.call("GET", "/domain/zone");
    CHECK(answer.status == 403);
    CHECK(answer.body["errorCode"] == "INVALID_CREDENTIAL");
  }
  SECTION("application key") {
    account.application = "other";
    const OvhAnswer answer = account.call("GET", "/domain/zone");
    CHECK(answer.status == 403);
    CHECK(answer.message() == "This application key is invalid");
  }
  SECTION("clock") {
    const std::string target = "/1.0/domain/zone";
    const httplib::Headers headers = account.signature("GET", account.service.url() + target, "");
    account.clock.now += 180;
    CHECK(account.send("GET", target, "", headers).status == 200);
    account.clock.now += 1;
    const OvhAnswer answer = account.send("GET", target, "", headers);
    CHECK(answer.status == 400);
    CHECK(answer.body["errorCode"] == "QUERY_TIME_OUT");
  }
}

TEST_CASE("a key is held to its rights") {
  OvhOptions options;
  options.consumer_keys.push_back(
      key_with("no-refresh", {{"GET", "/domain/zone/*"}, {"POST", "/domain/zone/*/record"}}));
  Account account(options);
  account.consumer = "no-refresh";
  CHECK(account.call("GET", "/domain/zone/example.com/record").status == 200);
  CHECK(account.call("GET", "/domain/zone").status == 403);
  const OvhAnswer refresh = account.call("POST", "/domain/zone/example.com/refresh");
  CHECK(refresh.status == 403);
  CHECK(refresh.body["errorCode"] == "NOT_GRANTED_CALL");
  CHECK(refresh.message() == "This call has not been granted");
  CHECK(account.call("GET", "/auth/currentCredential").status == 403);
}

TEST_CASE("a requested key works once its owner has validated it") {
  Account account;
  const Json wish = {{"accessRules", {{{"method", "GET"}, {"path", "/domain/zone/*"}}}}};
  const OvhAnswer asked =
      account.send("POST", "/1.0/auth/credential", wish.dump(), {{"X-Ovh-Application", account.application}});
  CHECK(asked.body["state"] == "pendingValidation");
  account.consumer = asked.body["consumerKey"];
  CHECK(account.call("GET", "/domain/zone/example.com").status == 403);
  const std::string url = asked.body["validationUrl"];
  CHECK(account.send("GET", url.substr(account.service.url().size()), "", {}).status == 200);
  CHECK(account.call("GET", "/domain/zone/example.com").status == 200);
  CHECK(account.call("POST", "/domain/zone/example.com/refresh").body["errorCode"] == "NOT_GRANTED_CALL");
}

TEST_CASE("OAuth2 clients and plain tokens come without signature") {
  OvhOptions options;
  options.oauth2_clients.push_back({"EU.reader", "reader-secret", {{"GET", "/domain/zone/*"}}});
  Account account(options);
  httplib::Client client("127.0.0.1", account.service.port());
  const httplib::Params form{{"grant_type", "client_credentials"},
                             {"client_id", "EU.reader"},
                             {"client_secret", "reader-secret"},
                             {"scope", "all"}};
  const auto answer = client.Post("/auth/oauth2/token", form);
  REQUIRE(answer);
  const Json token = Json::parse(answer->body);
  CHECK(token["expires_in"] == 3599);
  const httplib::Headers bearer{{"Authorization", "Bearer " + token["access_token"].get<std::string>()}};
  CHECK(account.send("GET", "/1.0/domain/zone/example.com", "", bearer).status == 200);
  const OvhAnswer refused = account.send("POST", "/1.0/domain/zone/example.com/refresh", "", bearer);
  CHECK(refused.status == 403);
  CHECK(refused.message() == "User not granted for this request");
  account.clock.now += 3600;
  CHECK(account.send("GET", "/1.0/domain/zone/example.com", "", bearer).status == 401);

  const httplib::Headers plain{{"Authorization", "Bearer " + OvhOptions().access_tokens.front().id}};
  CHECK(account.send("POST", "/1.0/domain/zone/example.com/refresh", "", plain).status == 204);
  const httplib::Params wrong{{"grant_type", "client_credentials"}, {"client_id", "EU.reader"}, {"client_secret", "x"}};
  CHECK(client.Post("/auth/oauth2/token", wrong)->status == 401);
}

TEST_CASE("a record lives its life through the API") {
  Account account;
  const std::string zone = "/domain/zone/example.com";
  const OvhAnswer made = account.call(
      "POST", zone + "/record", {{"fieldType", "A"}, {"subDomain", "web"}, {"target", "203.0.113.7"}, {"ttl", 20}});
  const std::int64_t id = made.body["id"];
  CHECK(made.body == Json{{"id", id},
                          {"zone", "example.com"},
                          {"fieldType", "A"},
                          {"subDomain", "web"},
                          {"target", "203.0.113.7"},
                          {"ttl", 60}});
  const std::string record = fmt::format("{}/record/{}", zone, id);
  CHECK(account.call("GET", zone + "/record?fieldType=A&subDomain=web").body == Json{id});
  const OvhAnswer changed = account.call("PUT", record, {{"target", "203.0.113.8"}});
  CHECK(changed.status == 200);
  CHECK(changed.body.is_null());
  CHECK(account.call("GET", record).body["target"] == "203.0.113.8");
  CHECK(account.call("PUT", record, {{"fieldType", "AAAA"}}).message() ==
        "Try to alter read-only properties: fieldType");
  CHECK(account.call("POST", zone + "/record", {{"fieldType", "A"}, {"target", "203.0.113.7"}, {"name", "x"}})
            .message() == "Received not described parameters: (name)");

  CHECK_FALSE(account.api.zones().addresses("web.example.com"));
  CHECK(account.call("POST", zone + "/refresh").status == 204);
  CHECK(account.call("POST", zone + "/refresh").status == 409);
  CHECK(account.call("GET", zone + "/status").body ==
        Json{{"isDeployed", false}, {"errors", nullptr}, {"warnings", nullptr}});
  account.clock.now += 1;
  CHECK(account.call("GET", zone + "/status").body["isDeployed"] == true);
  CHECK(account.api.zones().addresses("WEB.example.com.") == std::vector<std::string>{"203.0.113.8"});

  CHECK(account.call("DELETE", record).status == 200);
  CHECK(account.call("DELETE", record).message() == fmt::format("The requested object (id = {}) does not exist", id));
  CHECK(account.world.ledger.counts("record").alive() == 0);
  CHECK(account.world.ledger.counts("foreign-record").alive() == 8);
}

TEST_CASE("errors of the path have the texts that clients match") {
  OvhOptions options;
  options.expired_zones = {"old.example"};
  Account account(options);
  const OvhAnswer none = account.call("GET", "/domain/zone/example.org/record");
  CHECK(none.status == 404);
  CHECK(none.body == Json{{"class", "Client::NotFound"}, {"message", "This service does not exist"}});
  CHECK(account.call("GET", "/domain/zone/old.example/record").status == 460);
  CHECK(account.call("GET", "/domain/zone").body.size() == 3);
  CHECK(account.call("GET", "/domain/zones").message() == "Got an invalid (or empty) URL");
  CHECK(account.call("GET", "/domain/zone/example.com/record/abc").status == 400);
}

TEST_CASE("a batch reads many records and says which are missing") {
  Account account;
  const std::int64_t one = account.make({{"fieldType", "A"}, {"target", "203.0.113.1"}});
  const std::int64_t two = account.make({{"fieldType", "A"}, {"target", "203.0.113.2"}});
  const std::string target = fmt::format("/1.0/domain/zone/example.com/record/{}%2C{}%2C7", one, two);
  httplib::Headers headers = account.signature("GET", account.service.url() + target, "");
  CHECK(account.send("GET", target, "", headers).message() ==
        fmt::format("[id] Given data ({},{},7) is not valid for type long", one, two));
  headers.emplace("X-Ovh-Batch", ",");
  const OvhAnswer answer = account.send("GET", target, "", headers);
  REQUIRE(answer.body.size() == 3);
  CHECK(answer.body[1]["key"] == std::to_string(two));
  CHECK(answer.body[1]["value"]["target"] == "203.0.113.2");
  CHECK(answer.body[1]["error"].is_null());
  CHECK(answer.body[2]["value"].is_null());
  CHECK(answer.body[2]["error"]["message"] == "The requested object (id = 7) does not exist");
}

TEST_CASE("the open habits are switches") {
  OvhOptions options;
  options.refresh_answers_204 = false;
  options.writes_answer_204 = true;
  options.post_answers_id_zero = true;
  options.batch = false;
  Account account(options);
  CHECK(account.make({{"fieldType", "A"}, {"subDomain", "web"}, {"target", "203.0.113.1"}}) == 0);
  const std::int64_t id = account.call("GET", "/domain/zone/example.com/record?subDomain=web").body[0];
  CHECK(id > 5000000000);
  CHECK(account.call("PUT", fmt::format("/domain/zone/example.com/record/{}", id), {{"ttl", 300}}).status == 204);
  const OvhAnswer refresh = account.call("POST", "/domain/zone/example.com/refresh");
  CHECK(refresh.status == 200);
  CHECK(refresh.body.is_null());
}

TEST_CASE("more calls a minute than allowed are answered 429") {
  OvhOptions options;
  options.requests_per_minute = 2;
  options.retry_after = seconds(7);
  Account account(options);
  CHECK(account.call("GET", "/domain/zone").status == 200);
  CHECK(account.call("GET", "/domain/zone").status == 200);
  const OvhAnswer third = account.call("GET", "/domain/zone");
  CHECK(third.status == 429);
  CHECK(third.headers.find("Retry-After")->second == "7");
  account.clock.now += 60;
  CHECK(account.call("GET", "/domain/zone").status == 200);
}

TEST_CASE("soa, export, dnssec, tasks, history and details answer") {
  Account account;
  const std::string zone = "/domain/zone/example.com";
  CHECK(account.call("GET", zone + "/soa").body["serial"] == 2026112100);
  CHECK(account.call("GET", zone + "/export").body.get<std::string>().substr(0, 10) == "$TTL 3600\n");
  CHECK(account.call("POST", zone + "/dnssec").status == 200);
  CHECK(account.call("GET", zone + "/dnssec").body["status"] == "enableInProgress");
  account.clock.now += 1;
  CHECK(account.call("GET", zone + "/dnssec").body["status"] == "enabled");
  account.call("POST", zone + "/refresh");
  account.clock.now += 1;
  const Json tasks = account.call("GET", zone + "/task").body;
  REQUIRE(tasks.size() == 1);
  CHECK(account.call("GET", fmt::format("{}/task/{}", zone, tasks[0].get<int>())).body["status"] == "done");
  CHECK(account.call("GET", zone + "/history").body.size() == 2);
  CHECK(account.call("GET", "/auth/details").body["method"] == "account");
}
