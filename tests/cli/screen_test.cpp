// What fits on a screen, and what is never cut for it.

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "reconciler/cli/text.h"
#include "tests/cli/migration_for_test.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::cli::display_width;
using muster::test::check_golden;
using muster::test::contains;
using muster::test::Migration;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;
using muster::test::replaced;
using muster::test::without_times;

namespace {

/// Lines that are too wide although they could be broken.
std::vector<std::string> too_wide(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    const bool is_one_word = line.find(' ', begin) == std::string::npos;
    if (display_width(line) > columns && !is_one_word) lines.push_back(line);
  }
  return lines;
}

void check_fits(Party& party, const std::vector<std::string>& words) {
  for (const int columns : {60, 80}) {
    const Ran ran = party.run_on_screen(words, columns);
    INFO(words.front() << " at " << columns << ":\n" << ran.out);
    CHECK(too_wide(ran.out + ran.err, static_cast<std::size_t>(columns)) == std::vector<std::string>{});
  }
}

/// What differs from run to run becomes as many other letters, so that lines break where they did.
std::string masked(const Party& party, std::string screen) {
  const std::string directory = party.directory().string();
  const std::string name = "/tmp/" + std::string(directory.size() - std::min<std::size_t>(directory.size(), 5), 'd');
  for (std::size_t at = screen.find(directory); at != std::string::npos; at = screen.find(directory))
    screen.replace(at, directory.size(), name);
  return replaced(without_times(screen),
                  {{"([0-9]+ min )?([0-9]|N\\.N) s ago", "N s ago"},
                   {"after ([0-9]|N\\.N) s", "after N s"},
                   {"calls in ([0-9]|N\\.N) s", "calls in N s"},
                   {"([0-9]|N\\.N) s from", "N s from"},
                   {"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", std::string(36, 'u')},
                   {"\\b[0-9a-f]{32}\\b", std::string(32, 'h')},
                   {"\\b[0-9a-f]{16}\\b", std::string(16, 'h')},
                   {"\\b[0-9a-f]{12}\\b", std::string(12, 'h')},
                   {"127\\.0\\.0\\.1:[0-9]{5}\\b", "127.0.0.1:PPPPP"},
                   {"sandbox-ca-[A-Za-z0-9]{6}", "sandbox-ca-cccccc"},
                   {"[0-9]+ [MG]B free", "N GB free"},
                   {"[0-9]+ bytes \\(", "NNNN bytes ("}});
}

/// The screens of 60 and 80 columns, letter by letter.
void check_screens(Party& party, const std::string& name, const std::vector<std::string>& words) {
  for (const int columns : {60, 80}) {
    const Ran ran = party.run_on_screen(words, columns);
    check_golden("screen-" + name + "-" + std::to_string(columns) + ".txt", masked(party, ran.err + ran.out));
  }
}

}  // namespace

TEST_CASE("the screens of 60 and 80 columns, letter by letter: no line is torn and no pair is parted") {
  Party party(1);
  check_screens(party, "help", {"help"});
  check_screens(party, "help-sandbox", {"help", "sandbox"});
  check_screens(party, "explain-kind", {"explain", "Workshop"});
  check_screens(party, "plan", {"plan"});
  check_screens(party, "status-before", {"status"});
  REQUIRE(party.run({"apply", "--yes", "--only", "openstack.server:*"}).code == 0);
  check_screens(party, "history-run", {"history", "1"});
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  // First: its ages are parts of longer lines, which break otherwise when they are above a minute.
  check_screens(party, "explain-id", {"explain", "openstack.server:my-event/uttnw", "--max-age", "0"});
  check_screens(party, "history", {"history"});
  check_screens(party, "list", {"list"});
  check_screens(party, "status", {"status", "--max-age", "0"});
  party.forbid("nova", "/servers");
  check_screens(party, "plan-unread", {"plan", "--all", "--max-age", "0"});
  party.write(
      "event.yaml",
      "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: my-event}\nspec:\n  project: cluod\n  hots: 1\n");
  check_screens(party, "validate", {"validate"});
}

TEST_CASE("the screens of doctor: what it says of a program goes on below itself") {
  Party party(1);
  party.set_variable("OS_PASSWORD", "not-the-password");
  for (const int columns : {60, 80}) {
    const std::string screen = masked(party, party.run_on_screen({"doctor"}, columns).out);
    // What comes first differs from machine to machine.
    const std::size_t connections = screen.find("OpenStackProject/cloud\n");
    REQUIRE(connections != std::string::npos);
    check_golden("screen-doctor-" + std::to_string(columns) + ".txt", screen.substr(connections));
  }
}

TEST_CASE("the screens of adopt") {
  Migration migration;
  migration.old.create("anna");
  migration.old.create("bert");
  migration.import_with("[anna, carl]");
  check_screens(migration.party, "adopt", {"adopt"});
}

TEST_CASE("adopt names as many hosts as fit, and with --all every one") {
  Migration migration;
  std::string names;
  for (int i = 0; i < 30; ++i) names += (i == 0 ? "absent" : ", absent") + std::to_string(i);
  migration.import_with("[" + names + "]");
  const Ran few = migration.party.run({"adopt"});
  CHECK_FALSE(contains(few.out, "absent29"));
  CHECK(contains(few.out, "shortened: --all shows every name\n"));
  const Ran all = migration.party.run({"adopt", "--all"});
  CHECK(contains(all.out, "absent29"));
  CHECK_FALSE(contains(all.out, "shortened"));
}

TEST_CASE("a password with blanks is shown whole") {
  Party party(1);
  const std::string password = "correct horse battery staple, indeed so";
  party.set_variable("EVENT_PASSWORD", password);
  party.write("event.yaml",
              replaced(muster::test::file_text(party.directory() / "event.yaml"), {{", perHostPassword: true", ""}}));
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  for (const int columns : {60, 80, 100, 120})
    CHECK(contains(party.run_on_screen({"list", "--credentials"}, columns).out, password + "\n"));
}

TEST_CASE("on a screen of 60 or 80 columns no line is wider than the screen") {
  Party party(5);
  check_fits(party, {"plan"});
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const std::string host =
      "openstack.server:my-event/" + records(party.run({"list", "--json"}).out).at(0).at("name").get<std::string>();
  for (const std::vector<std::string>& words : {std::vector<std::string>{"list"},
                                                {"list", "--credentials"},
                                                {"status"},
                                                {"doctor"},
                                                {"drift"},
                                                {"orphans"},
                                                {"history"},
                                                {"history", "1"},
                                                {"explain", host},
                                                {"explain", "my-event"},
                                                {"explain", "Workshop"},
                                                {"explain", "Workshop.login"},
                                                {"schema", "Workshop"},
                                                {"help"},
                                                {"help", "plan"},
                                                {"help", "sandbox"}})
    check_fits(party, words);
  party.forbid("nova", "/servers");
  for (const char* command : {"list", "status", "plan"}) check_fits(party, {command, "--max-age", "0"});
}

TEST_CASE("on a narrow screen adopt shows whole ids") {
  Migration migration;
  const std::string anna = migration.old.create("anna");
  migration.old.create("bert");
  migration.import_with("[anna]");
  check_fits(migration.party, {"adopt"});
  CHECK(contains(migration.party.run_on_screen({"adopt"}, 60).out, anna));
}

TEST_CASE("a narrow screen cuts nothing of what list knows; without a screen a host is one line") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const Ran narrow = party.run_on_screen({"list", "--credentials"}, 60);
  const Ran wide = party.run({"list", "--credentials"});
  for (const auto& host : records(party.run({"list", "--json", "--credentials"}).out)) {
    for (const char* key : {"name", "instance_name", "domain", "status", "ipv4", "login", "password"})
      CHECK(contains(narrow.out, host.at(key).get<std::string>()));
  }
  CHECK(std::count(wide.out.begin(), wide.out.end(), '\n') == 4);
}

TEST_CASE("a plan that is shortened says what shows all, and a whole one does not") {
  Party party(5);
  CHECK(contains(party.run({"plan"}).out, "shortened: --all shows every name and every difference\n"));
  const Ran all = party.run({"plan", "--all"});
  CHECK_FALSE(contains(all.out, "shortened"));
  CHECK_FALSE(contains(all.out, " more\n"));
  CHECK_FALSE(contains(Party(1).run({"plan"}).out, "shortened"));
}
