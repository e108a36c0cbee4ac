// An organiser who used Install Party moves over: import, adopt, and from then on as if muster had made everything.

#include <sys/wait.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "state/child_for_test.h"
#include "tests/cli/install_party_for_test.h"
#include "tests/cli/migration_for_test.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

namespace fs = std::filesystem;
using muster::test::check_golden;
using muster::test::contains;
using muster::test::file_text;
using muster::test::InstallParty;
using muster::test::Migration;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;
using nlohmann::json;

TEST_CASE("a whole migration: import, adopt, a clean plan, one host more, and an end that takes exactly ours") {
  Migration migration;
  Party& party = migration.party;
  InstallParty& old = migration.old;
  const std::string anna = old.create("anna");
  const std::string bert = old.create("bert");
  // Nova's name filter would find all of these for the namespace.
  const std::set<std::string> foreign{old.add_server("backup-of-my-super-event-anna"), old.add_server("my-super-event"),
                                      old.add_server("not-my-super-event-anna"),
                                      old.add_server("my-super-event-2-abcde")};
  for (const std::string& id : foreign) old.await_active(id);
  old.add_record("www", "198.51.100.1");
  old.add_record("abcde.my-super-event-2", "198.51.100.2");

  const Ran imported = migration.import();
  CHECK(imported.code == 0);
  check_golden("import.txt", imported.screen);
  for (const std::string& secret : old.secrets()) {
    CHECK_FALSE(contains(imported.out + imported.err, secret));
    for (const char* file : {"fleet.yaml", "connections.yaml", "workshop.yaml", ".gitignore"})
      CHECK_FALSE(contains(file_text(party.directory() / file), secret));
  }
  CHECK(party.run({"validate"}).code == 0);
  CHECK(party.run({"plan"}).code == 2);  // the ownership mark of a workshop without hosts

  const Ran unnamed = party.run({"adopt"});
  CHECK(unnamed.code == 0);
  CHECK(contains(unnamed.out, "hosts: {names: [anna, bert]}"));
  check_golden("adopt-unnamed.txt", unnamed.screen);
  migration.replace("workshop.yaml", "hosts: 0", "hosts: {names: [anna, bert]}");

  const Ran shown = party.run({"adopt"});
  CHECK(shown.code == 3);
  check_golden("adopt-shown.txt", shown.screen);
  CHECK(party.cloud().ledger().entries("server").size() == 6);

  const Ran adopted = party.run({"adopt", "--yes"});
  INFO(adopted.screen);
  CHECK(adopted.code == 0);
  check_golden("adopt.txt", adopted.screen);
  CHECK(migration.servers_made() == 6);
  CHECK(migration.deleted("server").empty());
  CHECK(migration.deleted("record").empty());

  for (const char* state : {"kept", "lost"}) {
    CAPTURE(state);
    const Ran plan = party.run({"plan", "--max-age", "0"});
    INFO(plan.screen);
    CHECK(plan.code == 0);
    party.forget_state();
  }
  const Ran again = party.run({"adopt"});
  CHECK(again.code == 0);
  CHECK(contains(again.out, "nothing to adopt"));

  std::set<std::string> listed;
  for (const json& host : records(party.run({"list", "--json"}).out, "host")) listed.insert(host.at("instance_id"));
  CHECK(listed == std::set<std::string>{anna, bert});

  migration.replace("workshop.yaml", "[anna, bert]", "[anna, bert, carl]");
  CHECK(party.run({"apply", "--yes"}).code == 0);
  CHECK(migration.servers_made() == 7);

  CHECK(party.run({"destroy", "--yes"}).code == 0);
  const std::set<std::string> gone = migration.deleted("server");
  CHECK(gone.size() == 3);
  CHECK(gone.contains(anna));
  CHECK(gone.contains(bert));
  for (const std::string& id : foreign) CHECK_FALSE(gone.contains(id));
  CHECK(party.cloud().ledger().counts("record").alive() == 2);
}

TEST_CASE("what muster has not written yet cannot have drifted") {
  Migration migration;
  Party& party = migration.party;
  migration.old.create("anna");
  migration.old.create("bert");
  migration.import_with("[anna, bert]");
  const Ran ran = party.run({"drift"});
  CHECK(ran.code == 0);
  check_golden("drift-imported.txt", ran.screen);
  const auto summary = records(party.run({"drift", "--json"}).out, "drift_summary").at(0);
  CHECK(summary.at("drifted") == 0);
  CHECK(summary.at("never_ours") == 4);
}

TEST_CASE("the line that names hosts keeps all else that the manifest says of hosts") {
  Migration migration;
  migration.old.create("anna");
  migration.import_with("{count: 2, names: [bert]}");
  const auto hosts = records(migration.party.run({"plan", "--json"}).out, "step");
  std::string derived;
  for (const json& step : hosts) {
    const std::string id = step.at("id");
    const std::string prefix = "openstack.server:my-super-event/";
    if (id.starts_with(prefix) && id != prefix + "bert" && derived.empty()) derived = id.substr(prefix.size());
  }
  REQUIRE(derived.size() == 5);
  migration.replace("workshop.yaml", "names: [bert]}", "names: [bert], retire: [" + derived + "]}");
  const Ran shown = migration.party.run({"adopt"});
  CHECK(contains(shown.out, "hosts: {count: 2, names: [bert, anna], retire: [" + derived + "]}"));
}

TEST_CASE("killed at any moment, the next adopt finishes; nothing is made anew") {
  if constexpr (!muster::state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  for (std::uint64_t calls = 4; calls < 60; calls += 6) {
    CAPTURE(calls);
    Migration migration;
    Party& party = migration.party;
    migration.old.create("anna");
    migration.old.create("bert");
    migration.import_with("[anna, bert]");
    const auto made = [&] {
      const auto& ledger = party.cloud().ledger();
      return ledger.calls("nova") + ledger.calls("ovh") + ledger.calls("keystone");
    };
    const std::uint64_t before = made();
    bool ended = false;
    {
      muster::state::Child child([&](const auto&) { return party.run({"adopt", "--yes"}).code; });
      while (made() < before + calls && !ended) {
        siginfo_t state{};
        waitid(P_PID, static_cast<id_t>(child.pid()), &state, WEXITED | WNOHANG | WNOWAIT);
        ended = state.si_pid == child.pid();
        std::this_thread::yield();
      }
      if (ended)
        CHECK(child.wait() == 0);
      else
        child.kill();
    }
    const Ran adopted = party.run({"adopt", "--yes"});
    INFO(adopted.screen);
    CHECK(adopted.code == 0);
    CHECK(migration.servers_made() == 2);
    CHECK(migration.deleted("record").empty());
    const Ran plan = party.run({"plan", "--max-age", "0"});
    INFO(plan.screen);
    CHECK(plan.code == 0);
    if (ended) break;
  }
}

TEST_CASE("import writes over nothing and names all that is in the way") {
  Migration migration;
  REQUIRE(migration.import().code == 0);
  const std::string before = file_text(migration.party.directory() / "fleet.yaml");
  const Ran again =
      migration.party.run({"import", "install-party", (migration.party.directory() / "config.yaml").string(), "-o",
                           migration.party.directory().string()});
  CHECK(again.code == 3);
  check_golden("import-again.txt", again.screen);
  CHECK(file_text(migration.party.directory() / "fleet.yaml") == before);
}

TEST_CASE("import finds the configuration as Install Party does, and says so when there is none") {
  Migration migration;
  Party& party = migration.party;
  party.write("party.yml", migration.old.config());
  party.set_variable("INSTALL_PARTY_CONFIG", (party.directory() / "party.yml").string());
  CHECK(party.run({"import", "install-party", "-o", (party.directory() / "new").string()}).code == 0);
  CHECK(fs::exists(party.directory() / "new" / "workshop.yaml"));
  party.set_variable("INSTALL_PARTY_CONFIG", (party.directory() / "nowhere.yaml").string());
  const Ran missing = party.run({"import", "install-party"});
  CHECK(missing.code == 3);
  CHECK(contains(missing.err, "nowhere.yaml does not exist"));
  const Ran tool = party.run({"import", "instal-party"});
  CHECK(tool.code == 3);
  CHECK(contains(tool.err, "did you mean 'install-party'?"));
}
