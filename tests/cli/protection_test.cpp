// A protected host outlives every mistake; only a manifest that says otherwise lifts that.

#include <string>

#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

void ask_for(const Party& party, const std::string& names, const std::string& lifecycle) {
  party.write("event.yaml",
              "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: my-event}\nspec:\n"
              "  project: cloud\n  dns: {account: dns, zone: example.com}\n  hosts: [" +
                  names + "]\n  image: Debian 12\n  flavor: d2-2\n  readiness: {checks: [ssh]}\n" +
                  "  login: {user: attendee, password: {env: EVENT_PASSWORD}}\n  tls: internal\n" + lifecycle);
}

}  // namespace

TEST_CASE("a line that is taken away lifts no protection; `protect: false`, applied, does") {
  Party party(0);
  ask_for(party, "anna, bert", "  lifecycle: {protect: true}\n");
  REQUIRE(party.run({"apply", "--yes"}).code == 0);

  ask_for(party, "anna, bert", "");
  CHECK(party.run({"plan"}).code == 0);
  ask_for(party, "anna", "");
  const Ran held = party.run({"apply", "--yes"});
  CHECK(contains(held.screen, "want it again with `protect: false`, apply that, and only then take it out"));
  CHECK(party.alive("server") == 2);

  ask_for(party, "anna, bert", "  lifecycle: {protect: false}\n");
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  ask_for(party, "anna", "");
  CHECK(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.alive("server") == 1);
}

TEST_CASE("a destroy in which everything is protected forgets nothing") {
  Party party(0);
  ask_for(party, "anna, bert", "  lifecycle: {protect: true}\n");
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const Ran destroyed = party.run({"destroy", "--yes"});
  CHECK(destroyed.code == 6);
  CHECK(contains(destroyed.screen, "commit `protect: false` and apply that first"));
  CHECK(party.alive("server") == 2);
  const Ran plan = party.run({"plan"});
  INFO(plan.screen);
  CHECK(plan.code == 0);
}

}  // namespace muster::test
