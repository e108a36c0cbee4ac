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
using muster::test::contains;
using muster::test::Migration;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;

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

}  // namespace

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
      CHECK(contains(narrow.out, host.at(key)));
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
