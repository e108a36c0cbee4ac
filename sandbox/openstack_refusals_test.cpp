#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "sandbox/openstack_for_test.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

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
  CHECK(answer->header("Content-Type") == "text/html; charset=UTF-8");
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
