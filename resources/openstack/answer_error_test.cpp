#include "resources/openstack/answer_error.h"

#include "tests/support/catch.h"

namespace muster::openstack {
namespace {

Error error_of(int status, std::string body, bool idempotent = true) {
  return answer_error("nova POST servers", {status, {{"X-Openstack-Request-Id", "req-1"}}, std::move(body)},
                      idempotent);
}

TEST_CASE("every shape of error body yields its words") {
  CHECK(server_words(R"({"badRequest":{"code":400,"message":"Can not find requested image"}})") ==
        "Can not find requested image");
  CHECK(server_words(R"({"NeutronError":{"type":"OverQuota","message":"Quota exceeded","detail":""}})") ==
        "Quota exceeded");
  CHECK(server_words(R"({"NeutronError":"plain"})") == "plain");
  CHECK(server_words(R"({"error":{"code":401,"message":"The request","title":"Unauthorized"}})") == "The request");
  CHECK(server_words(R"({"error":{"status":"429 Too Many Requests","message":"Too Many Requests"}})") ==
        "Too Many Requests");
  CHECK(server_words(
            "<html><head><title>404</title></head><body><h1>404 Not Found</h1>\n No image <br/></body></html>") ==
        "404 Not Found No image");
  CHECK(server_words("upstream\n  timed out\n") == "upstream timed out");
  CHECK(server_words("") == "");
  CHECK(server_words("[1,2]") == "[1,2]");
}

TEST_CASE("long words are cut between characters") {
  std::string text(399, 'x');
  text += "\xc3\xa4\xc3\xa4";
  CHECK(server_words(text) == std::string(399, 'x') + " ...");
}

TEST_CASE("an answer that nests without end has words all the same") {
  const std::string deep(100'000, '[');
  CHECK(server_words(deep).size() == 404);
  CHECK(server_words(R"({"badRequest": )" + deep).starts_with(R"({"badRequest": [[[)"));
}

TEST_CASE("an error names call, status, words and request") {
  CHECK(error_of(400, R"({"badRequest":{"message":"Invalid key_name provided."}})").message() ==
        "nova POST servers: 400 Invalid key_name provided. (req-1)");
}

TEST_CASE("a full quota is permanent whatever its status, and says what to do") {
  const Error nova =
      error_of(403, R"({"forbidden":{"code":403,"message":"Quota exceeded for cores: Requested 1"}})", false);
  CHECK(nova.fault() == Fault::permanent);
  CHECK(nova.hint().find("quota") != std::string::npos);
  CHECK(error_of(409, R"({"NeutronError":{"message":"Quota exceeded for resources"}})").fault() == Fault::permanent);
  CHECK(error_of(403, R"({"forbidden":{"message":"Policy doesn't allow x"}})").fault() == Fault::denied);
}

TEST_CASE("a server that failed leaves a create unclear and a read transient") {
  CHECK(error_of(503, "busy", false).fault() == Fault::unclear);
  CHECK(error_of(503, "busy", true).fault() == Fault::transient);
  CHECK(error_of(429, "slow", false).fault() == Fault::transient);
}

TEST_CASE("the wait a server asks for is kept") {
  const Error error = answer_error("nova GET x", {429, {{"Retry-After", "3"}}, ""}, true);
  CHECK(error.retry_after() == std::chrono::seconds(3));
}

}  // namespace
}  // namespace muster::openstack
