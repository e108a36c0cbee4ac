#include "resources/ovh/api_error.h"

#include "resources/ovh/signature.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::ovh;

namespace {

ApiAnswer read(int status, std::string body) {
  return read_refusal({status, {{"X-OVH-QUERYID", "FR.ws-3.5b1e76f8.1340.5617"}}, std::move(body)});
}

const Credentials credentials{find_endpoint("ovh-eu"), ApplicationKey{"appkey", "appsecret", "consumer"},
                              "/etc/ovh.conf"};

}  // namespace

TEST_CASE("a signature is the SHA-1 of the parts joined by plus signs") {
  // Computed with sha1sum over the joined text.
  CHECK(sign({"appkey", "SECRET", "CONSUMER"}, "GET", "https://eu.api.ovh.com/1.0/domain/zone/", "", 1366560945) ==
        "$1$23ee4fb709946a55a330adb7a933d94faaba125a");
  CHECK(sign({"appkey", "SECRET", "CONSUMER"}, "POST",
             "https://eu.api.ovh.com/1.0/domain/zone/example.com/record?x=%20", R"({"fieldType":"A"})",
             1366560945) == "$1$351a3555b19d86ac2befd0dc289ed6972fc9bf7f");
}

TEST_CASE("all shapes of errors are read") {
  const auto old = read(
      403, R"({"errorCode":"NOT_GRANTED_CALL","httpCode":"403 Forbidden","message":"This call has not been granted"})");
  CHECK(old.code == "NOT_GRANTED_CALL");
  CHECK(old.refusal == Refusal::missing_right);
  CHECK(old.query_id == "FR.ws-3.5b1e76f8.1340.5617");
  const auto newer = read(404, R"({"class":"Client::NotFound","message":"This service does not exist"})");
  CHECK(newer.code == "Client::NotFound");
  CHECK(newer.refusal == Refusal::no_such_service);
  const auto bare = read(400, R"({"message":"Invalid signature"})");
  CHECK(bare.code.empty());
  CHECK(bare.refusal == Refusal::wrong_signature);
  const auto page = read(502, "<html><head><title>502</title></head>\n<body><h1>Bad Gateway</h1></body></html>");
  CHECK(page.message.find("Bad Gateway") != std::string::npos);
  CHECK(page.message.find('<') == std::string::npos);
  CHECK(read(500, "").message == "no words");
  CHECK(read(460, R"({"message":"This service is expired"})").refusal == Refusal::expired_service);
  CHECK(read(409, R"({"message":"A refresh of this zone is already in progress"})").refusal == Refusal::busy);
  const auto iam = read(403, R"({"class":"Client::Forbidden","message":"User not granted for this request",
                               "details":{"unauthorizedActionsByIAM":"dnsZone:apiovh:refresh"}})");
  CHECK(iam.refusal == Refusal::missing_right);
  CHECK(iam.actions == "dnsZone:apiovh:refresh");
  CHECK(read(403, R"({"class":"Client::Forbidden","message":"This application key is invalid"})").refusal ==
        Refusal::unknown_key);
}

TEST_CASE("of long words the beginning is told") {
  CHECK(read(400, R"({"message": ")" + std::string(5000, 'x') + R"("})").message == std::string(400, 'x') + " ...");
  std::string umlauts;
  for (int i = 0; i < 5000; ++i) umlauts += "\xc3\xa4";
  CHECK(read(500, umlauts).message.size() == 164);
  CHECK(read(500, std::string(100'000, '[')).message.size() == 164);
}

TEST_CASE("an error names call, words, query id and the way out") {
  const Call call{net::Method::post, "/domain/zone/example.com/refresh", "", true};
  const auto error =
      make_error(call, read(403, R"({"errorCode":"NOT_GRANTED_CALL","message":"This call has not been granted"})"),
                 credentials, 0);
  CHECK(error.fault() == Fault::denied);
  CHECK(error.message() ==
        "OVH refused POST /domain/zone/example.com/refresh: This call has not been granted [NOT_GRANTED_CALL] "
        "(HTTP 403, query FR.ws-3.5b1e76f8.1340.5617)");
  CHECK(error.hint() ==
        "the consumer key lacks the right POST /domain/zone/example.com/refresh; make keys that have all rights muster "
        "needs at https://eu.api.ovh.com/createToken/?GET=/auth/currentCredential&GET=/domain/zone/example.com/export"
        "&GET=/domain/zone/example.com/status&GET=/domain/zone/example.com/record"
        "&GET=/domain/zone/example.com/record/*&POST=/domain/zone/example.com/record"
        "&PUT=/domain/zone/example.com/record/*&DELETE=/domain/zone/example.com/record/*"
        "&POST=/domain/zone/example.com/refresh");
}

TEST_CASE("the shape of a body is told with a bad signature, never its content") {
  const Call call{net::Method::post, "/domain/zone/example.com/record", R"({"target":"hidden-words","ttl":60})", false};
  const auto error = make_error(call, read(400, R"({"message":"Invalid signature"})"), credentials, 0);
  CHECK(error.hint().find("with target, ttl") != std::string::npos);
  CHECK(error.full_text().find("hidden-words") == std::string::npos);
}

TEST_CASE("faults follow the status and whether the call may be repeated") {
  const Call get{net::Method::get, "/domain/zone/example.com/export", "", true};
  const Call post{net::Method::post, "/domain/zone/example.com/record", "{}", false};
  CHECK(make_error(get, read(503, ""), credentials, 0).fault() == Fault::transient);
  CHECK(make_error(post, read(503, ""), credentials, 0).fault() == Fault::unclear);
  CHECK(make_error(post, read(429, ""), credentials, 0).fault() == Fault::transient);
  CHECK(make_error(get, read(460, ""), credentials, 0).fault() == Fault::permanent);
}

TEST_CASE("calls are counted without zones and ids") {
  CHECK(operation_name({net::Method::get, "/domain/zone/example.com/record?subDomain=a", "", true}) ==
        "ovh GET domain/zone/record");
  CHECK(operation_name({net::Method::remove, "/domain/zone/example.com/record/5386578358", "", true}) ==
        "ovh DELETE domain/zone/record");
  CHECK(operation_name({net::Method::get, "/auth/time", "", true}) == "ovh GET auth/time");
}
