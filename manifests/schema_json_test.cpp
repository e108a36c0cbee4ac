#include "manifests/schema_json.h"

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
  CHECK(fields["tls"]["enum"] == nlohmann::json{"acme", "internal"});
  CHECK(fields["hosts"]["anyOf"].size() == 3);
  CHECK(fields["password"]["oneOf"].size() == 4);
  CHECK(fields["password"]["oneOf"][0]["required"] == nlohmann::json::array({"env"}));
  CHECK(fields["login"]["properties"]["user"]["default"] == "guest");
  CHECK(fields["notes"]["additionalProperties"]["type"].is_array());
  CHECK_FALSE(fields["wait"].contains("default"));

  const auto fleet = nlohmann::json::parse(schema_json(registry, "Fleet"));
  CHECK(fleet["properties"]["spec"]["required"] == nlohmann::json::array({"uid"}));
  CHECK(fleet["properties"]["spec"]["properties"]["defaults"]["properties"].contains("Party"));
  CHECK(schema_json(registry, "Partey").empty());
}

}  // namespace
}  // namespace muster::manifests
