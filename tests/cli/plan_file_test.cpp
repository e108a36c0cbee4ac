// plan -o FILE, apply FILE: exactly what was reviewed, or nothing.

#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/party.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::Party;
using muster::test::Ran;

namespace {

std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string paper_of(const Party& party) { return (party.directory() / "my.plan").string(); }

Ran plan_on_paper(Party& party, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"plan", "-o", paper_of(party)};
  words.insert(words.end(), more.begin(), more.end());
  return party.run(words);
}

Ran apply_paper(Party& party) { return party.run({"apply", paper_of(party)}); }

}  // namespace

TEST_CASE("a plan on paper is carried out without a question, and a replay is refused with the run that did it",
          "[plan_file]") {
  Party party(3);
  const Ran planned = plan_on_paper(party);
  CHECK(planned.code == 2);
  CHECK(planned.err.find("to do exactly this: muster apply ") != std::string::npos);
  struct stat info {};
  REQUIRE(stat(paper_of(party).c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(apply_paper(party).code == 0);
  CHECK(party.alive("server") == 3);
  CHECK(party.run({"plan"}).code == 0);

  const Ran replay = apply_paper(party);
  CHECK(replay.code == 4);
  CHECK(replay.err.find("is done already (run 1 of tester@here carried it out, ") != std::string::npos);
  CHECK(party.cloud().ledger().counts("server").created == 3);
}

TEST_CASE("a plan file that was carried out is refused also when the world has gone back to what it was",
          "[plan_file]") {
  Party party(3);
  REQUIRE(plan_on_paper(party).code == 2);
  REQUIRE(apply_paper(party).code == 0);
  REQUIRE(party.run({"destroy", "--yes"}).code == 0);
  const Ran replay = apply_paper(party);
  CHECK(replay.code == 4);
  CHECK(replay.err.find("was carried out before (run 1 of tester@here carried it out, ") != std::string::npos);
  CHECK(party.alive("server") == 0);
}

TEST_CASE("a plan file holds no address, no name of an image and no secret", "[plan_file]") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.ask_for(4);
  party.set_variable("EVENT_PASSWORD", "not-a-real-password-either");
  REQUIRE(plan_on_paper(party).code == 2);
  const std::string text = content(paper_of(party));
  for (const char* value :
       {"198.18.", "198.51.", "Debian", "d2-2", "Ext-Net", "not-a-real", "attendee", "cloud-config"}) {
    INFO(value);
    CHECK(text.find(value) == std::string::npos);
  }
  CHECK(text.find(party.fleet_uid()) == std::string::npos);
}

TEST_CASE("equal plans give equal bytes below the header", "[plan_file]") {
  Party party(3);
  REQUIRE(plan_on_paper(party).code == 2);
  const std::string first = content(paper_of(party));
  REQUIRE(plan_on_paper(party).code == 2);
  const std::string second = content(paper_of(party));
  CHECK(first.substr(first.find('\n')) == second.substr(second.find('\n')));
  CHECK(first != second);
}

TEST_CASE("a plan file whose manifest was edited meanwhile is refused, step by step, and nothing is done",
          "[plan_file]") {
  Party party(2);
  REQUIRE(plan_on_paper(party).code == 2);
  std::string event = content((party.directory() / "event.yaml").string());
  event.replace(event.find("Debian 12"), 9, "Debian 13");
  party.write("event.yaml", event);
  const Ran refused = apply_paper(party);
  CHECK(refused.code == 4);
  check_golden("plan-file-edited.txt", refused.screen);
  CHECK(party.cloud().ledger().counts("server").created == 0);
}

TEST_CASE("a plan file under which the world has moved is refused, and says how", "[plan_file]") {
  Party party(2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.ask_for(3);
  REQUIRE(plan_on_paper(party).code == 2);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const Ran done = apply_paper(party);
  CHECK(done.code == 4);
  CHECK(done.err.find("everything in ") != std::string::npos);

  party.ask_for(2);
  REQUIRE(plan_on_paper(party).code == 2);
  const auto listed =
      nlohmann::json::parse(party.run({"list", "--json", "--only", "my-event"})
                                .out.substr(0, party.run({"list", "--json", "--only", "my-event"}).out.find('\n')));
  party.ask_for(3);
  const Ran wanted_again = apply_paper(party);
  CHECK(wanted_again.code == 4);
  CHECK(wanted_again.err.find("a manifest wants it again") != std::string::npos);
  CHECK(party.alive("server") == 3);
  const auto moved = nlohmann::json::parse([&] {
    const std::string out = party.run({"apply", paper_of(party), "--json"}).out;
    return out.substr(0, out.find('\n'));
  }());
  CHECK(moved.at("type") == "moved");
  CHECK(moved.at("done") == false);
}

TEST_CASE("what came up since is told and not done", "[plan_file]") {
  Party party(2);
  REQUIRE(plan_on_paper(party).code == 2);
  party.ask_for(1, "other.yaml", "other");
  const Ran ran = apply_paper(party);
  CHECK(ran.code == 0);
  CHECK(ran.out.find("also pending, not in the plan, and not done:") != std::string::npos);
  CHECK(party.alive("server") == 2);
  CHECK(party.run({"plan"}).code == 2);
}

TEST_CASE("the options a plan was made with are in its file", "[plan_file]") {
  Party party(8);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.ask_for(1);
  CHECK(plan_on_paper(party).code == 4);
  CHECK(!std::filesystem::exists(paper_of(party)));
  REQUIRE(plan_on_paper(party, {"--allow", "14"}).code == 2);
  CHECK(apply_paper(party).code == 0);
  CHECK(party.alive("server") == 1);

  party.ask_for(4);
  REQUIRE(plan_on_paper(party, {"--except", "rfdxq"}).code == 2);
  const Ran beside = party.run({"apply", paper_of(party), "--only", "rfdxq"});
  CHECK(beside.code == 3);
  CHECK(beside.err.find("the file holds what it was planned with") != std::string::npos);
  const Ran ran = apply_paper(party);
  CHECK(ran.code == 0);
  CHECK(ran.out.find("also pending") == std::string::npos);
  CHECK(ran.out.find("3 changes were left out of the plan by its --only and --except") != std::string::npos);
  CHECK(party.alive("server") == 3);
}

TEST_CASE("a plan with nothing to do is a file too", "[plan_file]") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  CHECK(plan_on_paper(party).code == 0);
  const Ran ran = apply_paper(party);
  CHECK(ran.code == 0);
  CHECK(ran.out.find("the plan file has no steps") != std::string::npos);
}

TEST_CASE("a damaged, changed or foreign plan file is refused before anything is asked", "[plan_file]") {
  Party party(2);
  REQUIRE(plan_on_paper(party).code == 2);
  const std::string good = content(paper_of(party));
  const auto calls = party.cloud().ledger().calls("keystone");
  const auto refused = [&](const std::string& text) {
    party.write("my.plan", text);
    const Ran ran = apply_paper(party);
    CHECK(ran.code == 3);
    return ran.err;
  };
  CHECK(refused("").find("it is damaged") != std::string::npos);
  CHECK(refused(good.substr(0, 300)).find("it is damaged") != std::string::npos);
  CHECK(refused("{\"a\": 1}").find("it is no plan file of muster") != std::string::npos);
  std::string changed = good;
  changed.replace(changed.find("rfdxq"), 5, "aaaaa");
  CHECK(refused(changed).find("it was changed after muster wrote it") != std::string::npos);
  CHECK(party.run({"apply", (party.directory() / "no.plan").string()}).code == 3);

  party.write("my.plan", good);
  std::string fleet = content((party.directory() / "fleet.yaml").string());
  fleet.replace(fleet.find(party.fleet_uid()), 4, "ffff");
  party.write("fleet.yaml", fleet);
  const Ran foreign = apply_paper(party);
  CHECK(foreign.code == 4);
  CHECK(foreign.err.find("is of fleet 'party', not of 'party' here") != std::string::npos);
  CHECK(party.cloud().ledger().calls("keystone") == calls);
}

TEST_CASE("a plan file goes where it was asked to go, or says why not", "[plan_file]") {
  Party party(1);
  CHECK(party.run({"plan", "-o", party.directory().string()}).code == 3);
  CHECK(party.run({"plan", "-o", (party.directory() / "plan.yaml").string()}).code == 3);
  party.write("notes.txt", "not a plan");
  const Ran taken = party.run({"plan", "-o", (party.directory() / "notes.txt").string()});
  CHECK(taken.code == 3);
  CHECK(taken.err.find("there is a file of that name that is no plan file") != std::string::npos);
  const Ran nowhere = party.run({"plan", "-o", (party.directory() / "no" / "my.plan").string()});
  CHECK(nowhere.code == 3);
  CHECK(nowhere.err.find("there is no directory DIR") == std::string::npos);
  CHECK(party.cloud().ledger().calls("keystone") == 0);
}

TEST_CASE("a plan of 300 hosts fits on little paper", "[plan_file]") {
  Party party(300);
  REQUIRE(party.run({"plan"}).code == 2);
  REQUIRE(plan_on_paper(party, {"--max-age", "5m"}).code == 2);
  CHECK(std::filesystem::file_size(paper_of(party)) < 2'000'000);
}

TEST_CASE("a replay is told as one although something else is pending now", "[plan_file]") {
  Party party(1);
  REQUIRE(plan_on_paper(party).code == 2);
  REQUIRE(apply_paper(party).code == 0);
  party.ask_for(1, "other.yaml", "other");
  const Ran replay = apply_paper(party);
  CHECK(replay.code == 4);
  CHECK(replay.err.find("also pending, not in the plan, and not done:\n") != std::string::npos);
  CHECK(replay.err.find("  create 1 server: ") != std::string::npos);
  CHECK(replay.err.find("everything in ") != std::string::npos);
  CHECK(replay.err.find("is done already (run 1 of tester@here carried it out, ") != std::string::npos);
  CHECK(replay.err.find("moved") == std::string::npos);
  CHECK(party.run({"apply", paper_of(party), "--json"}).out.find("\"type\":\"pending\"") != std::string::npos);
  CHECK(party.alive("server") == 1);
}

TEST_CASE("a plan of which nothing is known is not put on paper", "[plan_file]") {
  Party party(1);
  party.write("connections.yaml",
              "apiVersion: muster/v1\nkind: OpenStackProject\nmetadata: {name: cloud}\nspec: {cloud: nosuch}\n---\n"
              "apiVersion: muster/v1\nkind: OvhAccount\nmetadata: {name: dns}\nspec: {endpoint: nosuch}\n");
  const Ran ran = plan_on_paper(party);
  CHECK(ran.code == 1);
  INFO(ran.screen);
  CHECK(ran.err.find("my.plan was not written: the plan has no steps; what is unknown above has to be read first") !=
        std::string::npos);
  CHECK(!std::filesystem::exists(paper_of(party)));
}
