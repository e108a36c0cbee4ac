#include <filesystem>
#include <map>
#include <string>

#include "tests/cli/outsider.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::Outsider;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;
using muster::test::without_times;

TEST_CASE("where all is wanted there are no orphans") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const Ran ran = party.run({"orphans"});
  CHECK(ran.code == 0);
  check_golden("orphans-none.txt", ran.screen);
}

TEST_CASE("what no manifest wants is shown with what apply does, what is not ours beside it, and nothing is touched") {
  Party party(1);
  party.ask_for(1, "old.yaml", "old");
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  std::filesystem::remove(party.directory() / "old.yaml");
  Outsider outsider(party.cloud());
  outsider.make_server("my-event-guest");
  outsider.make_server("database");
  outsider.add_record("guest.my-event", "A", "198.51.100.7");
  outsider.add_record("www", "A", "198.51.100.8");

  const Ran ran = party.run({"orphans"});
  CHECK(ran.code == 2);
  check_golden("orphans.txt", without_times(ran.screen));
  const Ran all = party.run({"orphans", "--all"});
  CHECK(all.code == 2);
  CHECK(all.out.find("database") != std::string::npos);

  const auto rows = records(party.run({"orphans", "--json"}).out);
  std::map<std::string, int> fates;
  for (const auto& row : rows) ++fates[row.at("type") == "orphan" ? row.at("fate") : row.at("type")];
  CHECK(fates == std::map<std::string, int>{{"removed", 3}, {"foreign", 2}});

  // It does what the table said, and leaves the others alone.
  CHECK(party.run({"apply", "--yes"}).code == 0);
  const Ran after = party.run({"orphans"});
  CHECK(after.code == 2);
  CHECK(after.out.find("Ours, and no manifest wants them") == std::string::npos);
  CHECK(after.out.find("my-event-guest") != std::string::npos);
}

TEST_CASE("from single files what the others may want is held, with the reason") {
  Party party(1);
  party.ask_for(1, "old.yaml", "old");
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  std::filesystem::remove(party.directory() / "old.yaml");
  const std::string file = (party.directory() / "event.yaml").string();
  const auto rows = records(party.run({"orphans", "--json", file}).out);
  REQUIRE_FALSE(rows.empty());
  for (const auto& row : rows) {
    CHECK(row.at("fate") == "held");
    CHECK(row.at("why") == "only some files were given; name the whole directory to delete it");
  }
}

TEST_CASE("where something cannot be read nobody can say that there are no orphans") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.forbid("nova", "/servers");
  const Ran ran = party.run({"orphans"});
  CHECK(ran.code == 6);
  check_golden("orphans-unread.txt", ran.screen);
}

TEST_CASE("a line break in the name of a server does not break its row") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  Outsider(party.cloud()).make_server("my-event-two\nlines");
  const Ran ran = party.run({"orphans"});
  CHECK(ran.code == 2);
  CHECK(ran.out.find("my-event-two lines  ") != std::string::npos);
}

TEST_CASE(
    "what is called like hosts of a workshop is seen while it has none, before the first apply and after the last") {
  Party party(1);
  Outsider outsider(party.cloud());
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  outsider.make_server("party-x-anna");
  outsider.add_record("anna.party-x", "A", "198.51.100.7");
  outsider.add_record("carl.party-x", "A", "198.51.100.8");
  outsider.add_record("anna.party-xy", "A", "198.51.100.9");
  party.ask_for(0, "old.yaml", "party-x");
  const Ran ran = party.run({"orphans"});
  CHECK(ran.code == 2);
  check_golden("orphans-without-hosts.txt", without_times(ran.screen));
  check_golden("list-without-hosts.txt", party.run({"list"}).screen);

  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  REQUIRE(party.run({"destroy", "--yes"}).code == 0);
  CHECK(party.run({"orphans"}).out == ran.out);
}

TEST_CASE(
    "whatever the type of a record that is not ours among our names, it is shown; certificates' challenges are not") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  Outsider outsider(party.cloud());
  outsider.add_record("guest.my-event", "TXT", "hello");
  outsider.add_record("mail.my-event", "MX", "10 mail.example.org.");
  outsider.add_record("_acme-challenge.guest.my-event", "TXT", "token");
  const Ran ran = party.run({"orphans"});
  CHECK(ran.code == 2);
  CHECK(ran.out.find("TXT guest.my-event.example.com") != std::string::npos);
  CHECK(ran.out.find("MX mail.my-event.example.com") != std::string::npos);
  CHECK(ran.out.find("_acme-challenge") == std::string::npos);
}
