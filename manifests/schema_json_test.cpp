#include "manifests/schema_json.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "manifests/party_for_test.h"
#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

TEST_CASE_METHOD(LoadFixture, "the schema for editors knows every kind, field, bound and default") {
  const auto schema = nlohmann::json::parse(schema_json(registry));
  CHECK(schema["$schema"] == "http://json-schema.org/draft-07/schema#");
  CHECK(schema["properties"]["kind"]["enum"] == nlohmann::json{"Cloud", "Fleet", "Party"});
  REQUIRE(schema["allOf"].size() == 3);

  const auto party = nlohmann::json::parse(schema_json(registry, "Party"));
  const auto& fields = party["properties"]["spec"]["properties"];
  CHECK(party["properties"]["spec"]["additionalProperties"] == false);
  CHECK(fields["ttl"]["minimum"] == 60);
  CHECK(fields["ttl"]["default"] == 60);
  CHECK(fields["tls"]["enum"] == nlohmann::json{"acme", "internal", nullptr});
  CHECK(fields["hosts"]["anyOf"].size() == 4);
  CHECK(fields["password"]["anyOf"].size() == 5);
  CHECK(fields["password"]["anyOf"][0]["required"] == nlohmann::json::array({"env"}));
  CHECK(fields["login"]["properties"]["user"]["default"] == "guest");
  CHECK(fields["notes"]["additionalProperties"]["type"].is_array());
  CHECK(fields["wait"]["default"] == "15m");

  const auto fleet = nlohmann::json::parse(schema_json(registry, "Fleet"));
  CHECK(fleet["properties"]["spec"]["required"] == nlohmann::json::array({"uid"}));
  CHECK(fleet["properties"]["spec"]["properties"]["defaults"]["properties"].contains("Party"));
  CHECK(schema_json(registry, "Partey").empty());
}

TEST_CASE_METHOD(LoadFixture, "what an editor shows of a field tells its unit, default, limits and form") {
  const auto party = nlohmann::json::parse(schema_json(registry, "Party"));
  const auto& fields = party["properties"]["spec"]["properties"];
  CHECK(fields["ttl"]["description"] == "Unit: seconds. Default: 60.");
  CHECK(fields["wait"]["description"] == "At least 10s. At most 1d. Default: 15m.");
  CHECK(fields["cloud"]["description"] == "The name of a manifest of kind Cloud.");
  CHECK(fields["hosts"]["anyOf"][1]["items"]["description"] == "Wanted: lower-case letters.");

  const auto fleet = nlohmann::json::parse(schema_json(registry, "Fleet"));
  CHECK(fleet["properties"]["metadata"]["properties"]["name"]["examples"] == nlohmann::json::array({"my-events"}));
  const auto& guard = fleet["properties"]["spec"]["properties"]["guard"]["properties"];
  CHECK(guard["percent"]["examples"] == nlohmann::json::array({20}));
}

/// tests/docs holds the committed schema against the broken manifests with a validator that is not ours.
TEST_CASE_METHOD(LoadFixture, "the committed schema of the party kinds is up to date") {
  const std::string path = "manifests/testdata/party.schema.json";
  const std::string schema = schema_json(registry);
  if (std::getenv("MUSTER_ACCEPT") != nullptr) std::ofstream(path, std::ios::binary) << schema;
  std::ifstream file(path, std::ios::binary);
  CHECK(schema == std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace
}  // namespace muster::manifests
