// A plan from the cache is a plan of the world that was read: of no other login, and of no other connection.

#include <nlohmann/json.hpp>

#include "tests/cli/party.h"
#include "tests/support/catch.h"

using muster::test::Party;
using muster::test::Ran;

namespace {

bool says(const Ran& ran, const std::string& part) { return (ran.out + ran.err).find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what was read of one cloud is not taken for another one's, in either direction") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const Ran warm = party.run({"plan"});
  CHECK(warm.code == 0);
  CHECK(says(warm, "calls made: 0\n"));

  const Party other(1);
  const auto home = party.variables();
  for (const auto& [name, value] : other.variables()) party.set_variable(name, value);
  const Ran elsewhere = party.run({"plan"});
  CHECK(elsewhere.code == 2);
  CHECK(says(elsewhere, "2 servers"));

  for (const auto& [name, value] : home) party.set_variable(name, value);
  const Ran back = party.run({"plan"});
  CHECK(back.code == 0);
  CHECK_FALSE(says(back, "calls made: 0\n"));
  CHECK(says(party.run({"plan"}), "calls made: 0\n"));
}

TEST_CASE("a server that failed and was made anew is gone from what was read: the next plan is empty without a call") {
  Party party(2);
  party.cloud().faults().load(
      {{"rules",
        {{{"service", "nova"}, {"method", "POST"}, {"path", "/servers$"}, {"count", 1}, {"effect", "error"}}}}});
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  REQUIRE(party.cloud().ledger().counts("server").created == 3);
  const Ran plan = party.run({"plan"});
  INFO(plan.screen);
  CHECK(plan.code == 0);
  CHECK(says(plan, "calls made: 0\n"));
}

TEST_CASE("a connection whose manifest was edited is read anew, or says why it cannot be") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  REQUIRE(party.run({"plan"}).code == 0);
  party.write("connections.yaml",
              "apiVersion: muster/v1\nkind: OpenStackProject\nmetadata: {name: cloud}\nspec: {cloud: nosuch}\n---\n"
              "apiVersion: muster/v1\nkind: OvhAccount\nmetadata: {name: dns}\nspec: {requestsPerMinute: 5000}\n");
  const Ran ran = party.run({"plan"});
  CHECK(ran.code == 6);
  CHECK(says(ran, "clouds.yaml"));
}
