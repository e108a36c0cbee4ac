#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <variant>

#include "state/child_for_test.h"
#include "state/run_lock.h"
#include "state/sqlite.h"
#include "state/store.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;
using muster::test::replaced;

namespace {

namespace fs = std::filesystem;

std::string masked_findings(const std::string& text) {
  return replaced(text, {{"(libcurl|OpenSSL|SQLite|yaml-cpp|git|muster) +[^\n]*[0-9][^\n]*", "$1 VERSION"},
                         // Where a line breaks depends on what is masked.
                         {"\n {24}(?!->)", " "},
                         {"[^ ]*muster-sandbox-ca-[A-Za-z0-9]+", "DIR/CA"},
                         {"[0-9]+ (KB|MB|GB|bytes)(,| free)", "SIZE$2"},
                         {"owner [^ \n]+", "owner USER"},
                         {"IPV4:[0-9]+", "IPV4:PORT"},
                         {"in [0-9]+ s", "in TIME"},
                         {"[0-9]+ s from", "TIME from"},
                         {"the last ([0-9]+ min )?[0-9]+ s ago", "the last TIME ago"},
                         {"[0-9]+ minutes", "N minutes"},
                         {"[0-9a-f]{32}", "HEX"}});
}

std::vector<nlohmann::json> findings(Party& party) { return records(party.run({"doctor", "--json"}).out); }

/// The states of all findings of one subject, in order.
std::vector<std::string> states_of(const std::vector<nlohmann::json>& all, const std::string& section,
                                   const std::string& subject) {
  std::vector<std::string> states;
  for (const nlohmann::json& one : all) {
    if (one.at("type") == "finding" && one.at("section") == section && one.at("subject") == subject)
      states.push_back(one.at("state"));
  }
  return states;
}

using States = std::vector<std::string>;

}  // namespace

TEST_CASE("doctor finds a sound installation sound, changes nothing, and makes no database") {
  Party party(2);
  const Ran first = party.run({"doctor"});
  CHECK(first.code == 0);
  CHECK_FALSE(fs::exists(party.database()));
  check_golden("doctor-first.txt", masked_findings(first.screen));

  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto created = party.cloud().ledger().counts("server").created;
  const Ran ran = party.run({"doctor"});
  CHECK(ran.code == 0);
  CHECK(party.cloud().ledger().counts("server").created == created);
  check_golden("doctor.txt", masked_findings(ran.screen));
}

TEST_CASE("doctor goes on where one connection fails, and names the way out") {
  Party party(1);
  party.set_variable("OS_PASSWORD", "not-the-password");
  party.set_variable("MUSTER_GUEST_PROXY", "socks5h://127.0.0.1:1");
  const Ran ran = party.run({"doctor"});
  CHECK(ran.code == 1);
  check_golden("doctor-login.txt", masked_findings(ran.screen));
  const auto all = findings(party);
  CHECK(states_of(all, "OpenStackProject/cloud", "login") == States{"problem"});
  CHECK(states_of(all, "OvhAccount/dns", "login") == States{"ok"});
  CHECK(states_of(all, "guests", "guest proxy") == States{"problem"});
  CHECK(states_of(all, "database", "file") == States{"ok"});
  CHECK(all.back().at("type") == "examination");
  CHECK(all.back().at("problems") > 0);
}

TEST_CASE("doctor explains a damaged database, and what deleting it costs") {
  Party party(1);
  fs::create_directories(party.database().parent_path());
  std::ofstream(party.database()) << std::string(8192, 'x');
  const Ran ran = party.run({"doctor"});
  CHECK(ran.code == 1);
  check_golden("doctor-damaged.txt", masked_findings(ran.screen));
}

TEST_CASE("doctor explains the database of another fleet and of a newer muster") {
  Party party(1);
  { const muster::state::Store other({party.database(), std::string(32, 'a'), "other"}); }
  CHECK(states_of(findings(party), "database", "fleet") == States{"problem"});
  fs::remove_all(party.database().parent_path());
  {
    muster::state::Database newer({.path = party.database()});
    newer.execute("PRAGMA user_version = 99");
  }
  const Ran ran = party.run({"doctor"});
  CHECK(ran.code == 1);
  CHECK(ran.screen.find("use the newer muster that wrote it, or move it away") != std::string::npos);
  CHECK(states_of(findings(party), "database", "schema") == States{"problem"});
}

TEST_CASE("doctor leaves the database as it is, byte for byte, and its mode") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  fs::permissions(party.database(), fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  const std::string before = muster::state::file_bytes(party.database());
  const auto written = fs::last_write_time(party.database());
  CHECK(party.run({"doctor"}).code == 0);
  CHECK(states_of(findings(party), "database", "file") == States{"warning"});
  CHECK(muster::state::file_bytes(party.database()) == before);
  CHECK(fs::last_write_time(party.database()) == written);
  CHECK((fs::status(party.database()).permissions() & fs::perms::others_read) != fs::perms::none);
}

TEST_CASE("doctor reads what is still in the log of a run that was killed, and leaves it there") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  muster::state::Child run([&](const auto& announce) -> int {
    muster::state::Store store({party.database(), party.fleet_uid(), "party"});
    store.debts().add("OvhAccount/dns", {"ovh.zone", "example.com"}, muster::Time{});
    announce();
    muster::state::wait_to_be_killed();
  });
  REQUIRE(run.await_announcement());
  run.kill();
  const fs::path log = party.database().string() + "-wal";
  const std::string before = muster::state::file_bytes(log);
  CHECK_FALSE(before.empty());
  CHECK(states_of(findings(party), "what the database alone knows", "debts") == States{"warning"});
  CHECK(muster::state::file_bytes(log) == before);
}

TEST_CASE("doctor says who holds the lock, and what is open") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  {
    muster::state::Store store({party.database(), party.fleet_uid(), "party"});
    muster::state::Intent intent;
    intent.resource = {"openstack.server", "my-event/lost"};
    intent.incarnation = {42};
    intent.connection = "OpenStackProject/cloud";
    store.intents().open(intent);
    store.debts().add("OvhAccount/dns", {"ovh.zone", "example.com"}, muster::Time{});
  }
  const auto lock = muster::state::RunLock::try_acquire(party.fleet_uid());
  REQUIRE(std::holds_alternative<muster::state::RunLock>(lock));
  const auto all = findings(party);
  CHECK(states_of(all, "lock", "lock") == States{"warning"});
  CHECK(states_of(all, "what the database alone knows", "open intents") == States{"warning"});
  CHECK(states_of(all, "what the database alone knows", "debts") == States{"warning"});
}

TEST_CASE("doctor examines broken manifests, and the connections all the same") {
  Party party(1);
  party.write("broken.yaml", "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: other}\nspec: {hots: 1}\n");
  const Ran ran = party.run({"doctor"});
  CHECK(ran.code == 1);
  const auto all = findings(party);
  const auto is_finding = [](const nlohmann::json& one) { return one.at("type") == "finding"; };
  CHECK(std::count_if(all.begin(), all.end(), is_finding) > 10);
  CHECK(states_of(all, "manifests", "content") == States{"problem"});
  CHECK(states_of(all, "OpenStackProject/cloud", "login") == States{"ok"});
}

TEST_CASE("of a database that cannot be read doctor does not say that nothing would be lost") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  std::ofstream(party.database()) << std::string(8192, 'x');
  CHECK(states_of(findings(party), "what the database alone knows", "memory") == States{"warning"});
  const Ran damaged = party.run({"doctor"});
  CHECK(damaged.out.find("not known, for it cannot be read") != std::string::npos);

  fs::remove(party.database());
  CHECK(states_of(findings(party), "what the database alone knows", "memory") == States{"ok"});
}

TEST_CASE("doctor reads a database of an older schema, and leaves it old") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  {
    muster::state::Store store({party.database(), party.fleet_uid(), "party"});
    store.debts().add("OvhAccount/dns", {"ovh.zone", "example.com"}, muster::Time{});
    muster::state::Database database({.path = party.database()});
    database.execute("PRAGMA user_version = 0");
  }
  const std::string before = muster::state::file_bytes(party.database());
  const auto all = findings(party);
  CHECK(states_of(all, "database", "schema") == States{"warning"});
  CHECK(states_of(all, "what the database alone knows", "debts") == States{"warning"});
  CHECK(muster::state::file_bytes(party.database()) == before);
}

TEST_CASE("doctor names what stands in the place of the database, and what others may do with it") {
  Party party(1);
  fs::create_directories(party.database());
  const Ran directory = party.run({"doctor"});
  CHECK(directory.out.find("it is a directory, where a file should be") != std::string::npos);
  CHECK(directory.out.find("move it away") == std::string::npos);
  fs::remove(party.database());

  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  fs::permissions(party.database(), fs::perms(0666));
  CHECK(party.run({"doctor"}).out.find("others may write it") != std::string::npos);
  fs::permissions(party.database(), fs::perms(0644));
  CHECK(party.run({"doctor"}).out.find("others may look at it") != std::string::npos);
}
