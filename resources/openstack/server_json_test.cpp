#include "resources/openstack/server_json.h"

#include <nlohmann/json.hpp>

#include "resources/openstack/times.h"
#include "tests/support/catch.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

const Time noon = *time_from("2026-11-21T12:00:00Z");

ServerState state(const char* status, const char* task = nullptr) {
  json item{{"id", "x"},
            {"name", "n"},
            {"metadata", json::object()},
            {"status", status},
            {"updated", "2026-11-21T11:00:00Z"},
            {"addresses", {{"net", {{{"version", 4}, {"addr", "198.51.100.7"}}}}}}};
  if (task != nullptr) item["OS-EXT-STS:task_state"] = task;
  return state_of(server_from(item), noon);
}

TEST_CASE("Nova's states map to conditions") {
  CHECK(state("BUILD", "spawning").condition == Condition::progressing);
  CHECK(state("BUILD", "spawning").evidence == "BUILD (spawning)");
  CHECK(state("ACTIVE").condition == Condition::ready);
  CHECK(state("ACTIVE", "deleting").condition == Condition::deleting);
  CHECK(state("SOFT_DELETED").condition == Condition::deleting);
  CHECK(state("SHUTOFF").condition == Condition::ready);
  CHECK(state("SHUTOFF").evidence == "SHUTOFF");
  CHECK(state("ERROR").condition == Condition::failed);
  CHECK(state("UNKNOWN").condition == Condition::unknown);
  CHECK(state("SOMETHING_NEW").condition == Condition::unknown);
}

TEST_CASE("a server that failed just now is waited for until Nova says why") {
  json item{{"id", "x"},
            {"name", "n"},
            {"metadata", json::object()},
            {"status", "ERROR"},
            {"updated", "2026-11-21T11:59:55Z"}};
  CHECK(state_of(server_from(item), noon).condition == Condition::progressing);
  CHECK(state_of(server_from(item), noon + std::chrono::seconds(10)).condition == Condition::failed);
  item["fault"] = {{"code", 500}, {"message", "No valid host was found. "}};
  CHECK(state_of(server_from(item), noon).condition == Condition::failed);
  CHECK(state_of(server_from(item), noon).evidence == "ERROR: No valid host was found. ");
}

TEST_CASE("a server is active only once it has an address") {
  const json item{
      {"id", "x"}, {"name", "n"}, {"metadata", json::object()}, {"status", "ACTIVE"}, {"addresses", json::object()}};
  CHECK(state_of(server_from(item), noon).condition == Condition::progressing);
}

TEST_CASE("addresses are chosen by version, whatever their order, fixed ones of the wanted network first") {
  const json item = json::parse(R"({"id": "x", "name": "n", "metadata": {}, "status": "ACTIVE", "addresses": {
      "a-private": [{"version": 4, "addr": "10.0.0.5", "OS-EXT-IPS:type": "fixed"}],
      "Ext-Net": [{"version": 6, "addr": "2001:db8::7", "OS-EXT-IPS:type": "fixed"},
                  {"version": 4, "addr": "203.0.113.9", "OS-EXT-IPS:type": "floating"},
                  {"version": 4, "addr": "198.51.100.7", "OS-EXT-IPS:type": "fixed"}]}})");
  const Observed seen = observed_from(server_from(item), "fleet", "Ext-Net", noon);
  CHECK(seen.attributes.string_at("ipv4") == "198.51.100.7");
  CHECK(seen.attributes.string_at("ipv6") == "2001:db8::7");
  CHECK(observed_from(server_from(item), "fleet", "", noon).attributes.string_at("ipv6") == "2001:db8::7");
}

TEST_CASE("times are read with and without fraction and zone") {
  CHECK(time_from("2026-11-21T12:00:00.000000Z") == noon);
  CHECK(time_from("2026-11-21T12:00:00") == noon);
  CHECK_FALSE(time_from(""));
  CHECK_FALSE(time_from("2026-13-01T00:00:00Z"));
}

}  // namespace
}  // namespace muster::openstack
