// What adopt takes over, what it leaves alone and says so, and what is ours afterwards.

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/install_party_for_test.h"
#include "tests/cli/migration_for_test.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::contains;
using muster::test::InstallParty;
using muster::test::Migration;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;
using nlohmann::json;

TEST_CASE("what cannot be adopted is named with the reason and the way out; the others are adopted") {
  Migration migration;
  Party& party = migration.party;
  InstallParty& old = migration.old;
  old.create("fine");
  old.create("twin");
  old.await_active(old.add_server("my-super-event-twin"));
  const std::string ubuntu = old.add_server("my-super-event-ubuntu", "Ubuntu 24.04");
  old.await_active(ubuntu);
  old.add_record("ubuntu.my-super-event", old.address_of(ubuntu));
  old.await_active(old.add_server("my-super-event-taken", "Debian 12",
                                  R"({"muster-fleet": "f2", "muster-id": "openstack.server:other/taken"})"));
  party.fail_server(old.create("broken"));
  const std::string astray = old.add_server("my-super-event-astray");
  old.await_active(astray);
  old.add_record("astray.my-super-event", "198.51.100.9");
  old.add_record("ghost.my-super-event", "198.51.100.10");
  migration.import_with("[astray, broken, fine, ghost, taken, twin, ubuntu]");
  const std::size_t before = migration.servers_made();

  const Ran adopted = party.run({"adopt", "--yes"});
  CHECK(adopted.code == 6);
  check_golden("adopt-refused.txt", adopted.screen);
  CHECK(migration.servers_made() == before);
  CHECK(migration.deleted("server").empty());
  CHECK(migration.deleted("record").empty());

  const auto refused = records(party.run({"adopt", "--json"}).out, "refused");
  std::set<std::string> ids;
  for (const json& record : refused) ids.insert(record.at("id"));
  CHECK(ids.contains("openstack.server:my-super-event/ubuntu"));
  CHECK_FALSE(ids.contains("openstack.server:my-super-event/fine"));
  CHECK_FALSE(ids.contains("openstack.server:my-super-event/astray"));
}

TEST_CASE("adopt takes the hosts that are named, and a typing mistake takes none") {
  Migration migration;
  Party& party = migration.party;
  migration.old.create("anna");
  migration.old.create("bert");
  migration.import_with("[anna, bert]");
  const Ran typo = party.run({"adopt", "--yes", "ana"});
  CHECK(typo.code == 3);
  CHECK(contains(typo.err, "did you mean 'anna'?"));
  CHECK(party.run({"adopt", "--yes", "anna"}).code == 0);
  for (const json& host : records(party.run({"list", "--json"}).out, "host"))
    CHECK(host.at("ours") == (host.at("name") == "anna"));
}

TEST_CASE("adopt changes nothing before the yes, and nothing after a no, though rights are not told") {
  Migration migration;
  Party& party = migration.party;
  migration.old.create("anna");
  migration.import_with("[anna]");
  party.forbid("ovh", "/auth/currentCredential");
  const std::uint64_t before = party.cloud().ledger().entries().back().seq;
  const auto changing_calls = [&] {
    std::vector<std::string> calls;
    for (const auto& entry : party.cloud().ledger().entries({}, before)) {
      const bool is_call = entry.event == muster::sandbox::Event::called;
      const bool only_reads = entry.id == "GET" || entry.kind == "keystone" || entry.kind == "guest";
      if (!is_call || !only_reads) calls.push_back(entry.kind + " " + entry.id + " " + entry.name);
    }
    return calls;
  };
  int asked = 0;
  const Ran declined = party.run_asked({"adopt"}, [&] {
    ++asked;
    CHECK(changing_calls() == std::vector<std::string>{});
    return "no";
  });
  INFO(declined.screen);
  CHECK(asked == 1);
  CHECK(declined.code == 2);
  CHECK(changing_calls() == std::vector<std::string>{});
  CHECK(party.run_asked({"adopt"}, [] { return "yes"; }).code == 0);
  CHECK_FALSE(changing_calls().empty());
}

TEST_CASE("what was not adopted is not ours: a destroy takes the adopted host alone, with the database or without") {
  for (const bool is_database_lost : {false, true}) {
    CAPTURE(is_database_lost);
    Migration migration;
    Party& party = migration.party;
    const std::string anna = migration.old.create("anna");
    migration.old.create("bert");
    migration.import_with("[anna, bert]");
    REQUIRE(party.run({"adopt", "--yes", "anna"}).code == 0);
    if (is_database_lost) party.forget_state();

    const Ran planned = party.run({"plan", "--max-age", "0"});
    INFO(planned.screen);
    CHECK(contains(planned.out, "ovh.rrset:example.com/bert.my-super-event/A exists already and is not ours"));
    std::set<std::string> going;
    for (const json& step : records(party.run({"destroy", "-d", "--json"}).out, "step")) {
      if (step.at("verb") == "delete") going.insert(step.at("id"));
    }
    CHECK(going == std::set<std::string>{"openstack.server:my-super-event/anna", "ovh.scope:example.com/my-super-event",
                                         "ovh.rrset:example.com/anna.my-super-event/A"});
    const Ran destroyed = party.run({"destroy", "--yes"});
    INFO(destroyed.screen);
    CHECK(destroyed.code == 0);
    CHECK(migration.deleted("server") == std::set<std::string>{anna});
    CHECK(party.cloud().ledger().counts("record").alive() == 1);
  }
}

TEST_CASE("hosts can be adopted one after the other, with the database or without") {
  for (const bool is_database_lost : {false, true}) {
    CAPTURE(is_database_lost);
    Migration migration;
    Party& party = migration.party;
    migration.old.create("anna");
    migration.old.create("bert");
    migration.import_with("[anna, bert]");
    REQUIRE(party.run({"adopt", "--yes", "anna"}).code == 0);
    if (is_database_lost) party.forget_state();
    const Ran second = party.run({"adopt", "--yes", "bert"});
    INFO(second.screen);
    CHECK(second.code == 0);
    CHECK(party.run({"plan", "--max-age", "0"}).code == 0);
    CHECK(migration.servers_made() == 2);
    CHECK(migration.deleted("record").empty());
  }
}

TEST_CASE("a ttl that differs is not touched by adopt, said, and a change in place for apply") {
  Migration migration;
  Party& party = migration.party;
  migration.old.create("anna");
  migration.import_with("[anna]");
  migration.replace("workshop.yaml", "ttl: 0 ", "ttl: 120 ");
  const Ran adopted = party.run({"adopt", "--yes"});
  CHECK(adopted.code == 0);
  CHECK(contains(adopted.out, "record A anna.my-super-event: ttl 0 -> 120"));
  const Ran plan = party.run({"plan", "--max-age", "0"});
  CHECK(plan.code == 2);
  CHECK(contains(plan.out, "1 to update"));
  CHECK(contains(plan.out, "ttl: 0 -> 120"));
  const auto steps = records(party.run({"plan", "--max-age", "0", "--json"}).out, "step");
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].at("changes")[0].at("cause") == "manifest");
  CHECK(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.run({"plan", "--max-age", "0"}).code == 0);
}
