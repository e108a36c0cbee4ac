// An organiser who used Install Party moves over: import, adopt, and from then on as if muster had made everything.

#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "state/child_for_test.h"
#include "tests/cli/install_party_for_test.h"
#include "tests/cli/party.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::InstallParty;
using muster::test::Party;
using muster::test::Ran;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<json> records(const std::string& text, const std::string& type) {
  std::vector<json> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (json record = json::parse(line); record.at("type") == type) result.push_back(std::move(record));
  }
  return result;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A party whose directory holds what `muster import` wrote, and nothing else.
class Migration {
 public:
  explicit Migration(const std::string& name_space = "my-super-event") : party(0), old(party.cloud(), name_space) {
    for (const auto& entry : fs::directory_iterator(party.directory())) fs::remove_all(entry);
    party.set_variable("WORKSHOP_PASSWORD", "fake-workshop-password");
  }

  Ran import() {
    party.write("config.yaml", old.config());
    Ran ran = party.run(
        {"import", "install-party", (party.directory() / "config.yaml").string(), "-o", party.directory().string()});
    // The pace is for the real OVH.
    replace("connections.yaml", "  endpoint:", "  requestsPerMinute: 60000\n  burst: 5000\n  endpoint:");
    return ran;
  }
  void replace(const std::string& file, const std::string& from, const std::string& to) {
    std::string text = read(party.directory() / file);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    party.write(file, text.replace(at, from.size(), to));
  }
  /// Imports and names the hosts.
  void import_with(const std::string& hosts) {
    REQUIRE(import().code == 0);
    replace("workshop.yaml", "hosts: 0", "hosts: " + hosts);
  }

  std::size_t servers_made() { return party.cloud().ledger().created_ever("server").size(); }
  std::set<std::string> deleted(const std::string& kind) {
    std::set<std::string> ids;
    for (const auto& entry : party.cloud().ledger().entries(kind)) {
      if (entry.event == muster::sandbox::Event::deleted) ids.insert(entry.id);
    }
    return ids;
  }

  Party party;
  InstallParty old;
};

}  // namespace

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
      CHECK_FALSE(contains(read(party.directory() / file), secret));
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
  const std::string before = read(migration.party.directory() / "fleet.yaml");
  const Ran again =
      migration.party.run({"import", "install-party", (migration.party.directory() / "config.yaml").string(), "-o",
                           migration.party.directory().string()});
  CHECK(again.code == 3);
  check_golden("import-again.txt", again.screen);
  CHECK(read(migration.party.directory() / "fleet.yaml") == before);
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
