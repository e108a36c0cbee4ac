#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reconciler/cli/new_files.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::count_of;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;

TEST_CASE("a broken manifest is shown with its place, and nothing is done") {
  Party party(2);
  party.write(
      "event.yaml",
      "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: my-event}\nspec:\n  project: cluod\n  hots: 5\n");
  for (const char* command : {"validate", "plan", "apply", "list", "status", "render", "destroy"}) {
    CHECK(party.run({command}).code == 3);
  }
  check_golden("validate-broken.txt", party.run({"validate"}).screen);
  CHECK(party.cloud().ledger().calls("keystone") == 0);
}

TEST_CASE("a mistyped command or option is met with the right one") {
  Party party(1);
  check_golden("unknown-command.txt", party.run({"aply"}).screen);
  check_golden("unknown-option.txt", party.run({"apply", "--yse"}).screen);
  CHECK(party.run({"list", "--credential"}).code == 3);
  CHECK(party.run({"plan", "--max-age", "soon"}).code == 3);
}

TEST_CASE("help names every command") {
  Party party(1);
  check_golden("help.txt", party.run({"help"}).screen);
  check_golden("help-apply.txt", party.run({"help", "apply"}).screen);
}

TEST_CASE("help for machines is a record per command, in the order of help") {
  Party party(1);
  const Ran ran = party.run({"help", "--json"});
  CHECK(ran.code == 0);
  const auto all = records(ran.out);
  REQUIRE(count_of(all, "command") == all.size());
  CHECK(all.front().at("name") == "init");
  CHECK(all.front().at("group") == "Start");
  CHECK(all.front().at("help").is_null());
  for (const auto& one : all) CHECK(one.at("name") != "complete");

  const auto plan = records(party.run({"plan", "--help", "--json"}).out);
  REQUIRE(plan.size() == 1);
  CHECK(plan[0].at("options")[0] ==
        nlohmann::json{{"names", {"--allow"}}, {"value", "N"}, {"doc", plan[0]["options"][0]["doc"]}});
  CHECK(plan[0].at("common_options")[0].at("names") == nlohmann::json{"-f", "--file"});
}

TEST_CASE("a rendered host shows what it would get, without its password") {
  Party party(1);
  const Ran ran = party.run({"render"});
  CHECK(ran.code == 0);
  CHECK(ran.out.find("#cloud-config") != std::string::npos);
  CHECK(ran.out.find("not-a-real-password") == std::string::npos);
  CHECK(party.run({"render", "nobody"}).code == 3);
}

TEST_CASE("--json gives records one a line, or is refused where there are none") {
  Party party(0);
  CHECK(records(party.run({"schema", "--json"}).out).size() == 1);
  CHECK(records(party.run({"schema", "Workshop", "--json"}).out).size() == 1);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"docs", "man", "--json"}, {"completion", "bash", "--json"}})
    CHECK(party.run(words).code == 3);
}

TEST_CASE("small mistakes of the command line are met with the way out") {
  Party party(0);
  CHECK(party.run_as_given({"help", "help"}).out == party.run_as_given({"help"}).out);
  CHECK(party.run({"plan", "-o", "-"}).err.find("a plan goes to a file") != std::string::npos);
  party.write("taken", "");
  CHECK_THROWS_WITH(muster::cli::write_new_files(party.directory() / "taken" / "below", {{"a.yaml", "a"}}, ""),
                    (party.directory() / "taken").string() + " is no directory; nothing was written");
}
