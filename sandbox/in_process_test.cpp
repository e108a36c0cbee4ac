#include <nlohmann/json.hpp>
#include <stdexcept>

#include "sandbox/sandbox.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;

namespace {

SandboxOptions without_network() {
  SandboxOptions options;
  options.has_network = false;
  return options;
}

TEST_CASE("without a network the sandbox answers on the caller's thread, with faults and ledger as over a socket") {
  Sandbox cloud(without_network());
  const std::string nova = cloud.url("nova");
  CHECK(nova == "http://nova.sandbox");
  CHECK(cloud.environment().at("OS_AUTH_URL") == "http://keystone.sandbox/v3");
  CHECK(cloud.environment().count("MUSTER_GUEST_PROXY") == 0);

  CHECK(cloud.call(nova, request_to("GET", "/v2.1/")).response.status == 200);
  cloud.faults().load({{"rules", {{{"service", "nova"}, {"count", 1}, {"action", "drop-after"}}}}});
  CHECK_FALSE(cloud.call(nova, request_to("GET", "/v2.1/")).answer);
  CHECK(cloud.ledger().calls("nova") == 2);
  CHECK_THROWS_AS(cloud.call("http://elsewhere", request_to("GET", "/")), std::out_of_range);
}

TEST_CASE("without a network an address that no server has is unreachable") {
  Sandbox cloud(without_network());
  CHECK(cloud.connect("203.0.113.7", 22).reply == SocksReply::host_unreachable);
  CHECK(cloud.ledger().calls("guest") == 1);
}

TEST_CASE("a target is split into path and query, and decoded") {
  const Request request = request_to("GET", "/v2/images/a%20b?name=Debian%2012&x=1+2&empty=&flag&bad=%zz");
  CHECK(request.path == "/v2/images/a b");
  CHECK(request.target == "/v2/images/a%20b?name=Debian%2012&x=1+2&empty=&flag&bad=%zz");
  CHECK(request.query_value("name") == "Debian 12");
  CHECK(request.query_value("x") == "1 2");
  CHECK(request.query_value("empty") == "");
  CHECK(request.query_value("flag") == "");
  CHECK(request.query_value("bad") == "%zz");
  CHECK_FALSE(request.query_value("other"));
}

}  // namespace
