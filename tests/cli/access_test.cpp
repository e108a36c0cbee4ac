// Commands that only look send nothing but reads, whatever state the world is in; the others do until they are told.

#include <nlohmann/json.hpp>

#include "tests/cli/party.h"
#include "tests/support/catch.h"

using muster::test::Party;
using muster::test::Ran;

namespace {

/// Calls since `since` that may change something, logins and looks at guests aside: "nova DELETE /v2.1/servers/...".
std::vector<std::string> writes_since(Party& party, std::uint64_t since) {
  std::vector<std::string> writes;
  for (const auto& entry : party.cloud().ledger().entries({}, since)) {
    if (entry.event != muster::sandbox::Event::called || entry.id == "GET" || entry.id == "HEAD") continue;
    if (entry.name.find("/auth/tokens") != std::string::npos || entry.kind == "guest") continue;
    writes.push_back(entry.kind + " " + entry.id + " " + entry.name);
  }
  return writes;
}

std::uint64_t last_entry(Party& party) {
  const auto entries = party.cloud().ledger().entries();
  return entries.empty() ? 0 : entries.back().seq;
}

nlohmann::json forbidden(const char* path) {
  return {{"service", "ovh"},
          {"path", path},
          {"action", "status"},
          {"status", 403},
          {"headers", {{"Content-Type", "application/json"}}},
          {"body", R"({"class": "Client::Forbidden", "message": "not for you"})"}};
}

/// What a person is told who looks, and with which exit code.
struct Look {
  std::vector<std::string> words;
  int code = 0;
};

/// Each of them with its code, and none of them changes anything.
void look(Party& party, const std::vector<Look>& looks) {
  for (const Look& one : looks) {
    const std::uint64_t before = last_entry(party);
    const Ran ran = party.run(one.words);
    INFO(one.words.front() << " " << one.words.back() << "\n" << ran.screen);
    CHECK(ran.code == one.code);
    CHECK(writes_since(party, before) == std::vector<std::string>{});
  }
}

constexpr const char* may_not_be_known = "whether example.com may be published is not known";

}  // namespace

TEST_CASE("commands that look write nothing: not before an apply, not after one, not when the world has moved") {
  Party party(2);
  // Rights that are not told would make apply try one; what only looks leaves that to apply, and says so.
  party.forbid("ovh", "/auth/currentCredential");
  const std::string paper = (party.directory() / "my.plan").string();
  const std::uint64_t start = last_entry(party);
  look(party, {{{"plan", "--max-age", "0"}, 2},
               {{"plan", "-o", paper}, 2},
               {{"status", "--max-age", "0"}, 2},
               {{"list"}, 0},
               {{"drift"}, 0},
               {{"orphans"}, 0},
               {{"explain", "my-event"}, 0},
               {{"explain", "Workshop.hosts"}, 0},
               {{"doctor"}, 0},
               {{"destroy", "-d"}, 0},
               {{"history"}, 0},
               {{"validate"}, 0},
               {{"render"}, 0}});
  CHECK(last_entry(party) > start);
  CHECK(party.run({"plan", "--max-age", "0"}).out.find(may_not_be_known) != std::string::npos);

  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  CHECK_FALSE(writes_since(party, start).empty());
  look(party, {{{"plan", "--max-age", "0"}, 0},
               {{"plan", "-o", paper}, 0},
               {{"status", "--max-age", "0"}, 0},
               {{"list"}, 0},
               {{"drift"}, 0},
               {{"orphans"}, 0},
               {{"explain", "my-event"}, 0},
               {{"doctor"}, 0},
               {{"destroy", "-d"}, 2},
               {{"history"}, 0}});
  const auto servers = party.cloud().ledger().created_ever("server");
  REQUIRE(servers.size() == 2);
  party.vanish(servers[0].id);
  party.fail_server(servers[1].id);
  look(party, {{{"plan", "--max-age", "0"}, 1},
               {{"plan", "-o", paper}, 1},
               {{"status", "--max-age", "0"}, 1},
               {{"list"}, 0},
               {{"drift"}, 2},
               {{"orphans"}, 0},
               {{"explain", "my-event"}, 0},
               {{"doctor"}, 1},
               {{"destroy", "-d"}, 2}});
}

TEST_CASE("apply and destroy change nothing before the yes, and nothing after a no") {
  Party party(2);
  party.forbid("ovh", "/auth/currentCredential");
  const auto decline = [&](const std::string& command) {
    const std::uint64_t before = last_entry(party);
    int asked = 0;
    const Ran ran = party.run_asked({command}, [&] {
      ++asked;
      CHECK(writes_since(party, before) == std::vector<std::string>{});
      return "no";
    });
    INFO(ran.screen);
    CHECK(asked == 1);
    CHECK(ran.code == 2);
    CHECK(ran.err.find("Nothing was changed.") != std::string::npos);
    CHECK(writes_since(party, before) == std::vector<std::string>{});
  };
  decline("apply");
  const Ran applied = party.run_asked({"apply"}, [] { return "yes"; });
  INFO(applied.screen);
  REQUIRE(applied.code == 0);
  decline("destroy");
}

TEST_CASE("a right that only a trial tells is tried after the yes, before the first write") {
  Party party(1);
  party.cloud().faults().load({{"rules", {forbidden("/auth/currentCredential"), forbidden("/refresh$")}}});
  const std::uint64_t before = last_entry(party);
  const Ran ran = party.run({"apply", "--yes"});
  INFO(ran.screen);
  CHECK(ran.code == 1);
  CHECK(ran.out.find(may_not_be_known) != std::string::npos);
  CHECK(ran.err.find("records of zone example.com would be written but never published") != std::string::npos);
  CHECK(ran.err.find("Nothing was changed: the problems above come first.") != std::string::npos);
  CHECK(writes_since(party, before) == std::vector<std::string>{"ovh POST /1.0/domain/zone/example.com/refresh"});
  CHECK(party.run({"history", "--json"}).out.find("\"run\"") == std::string::npos);
}
