// Commands that only look send nothing but reads, whatever state the world is in.

#include <set>

#include "tests/cli/party.h"
#include "tests/support/catch.h"

using muster::test::Party;
using muster::test::Ran;

namespace {

/// Calls since `since` that may change something, logins aside: "nova DELETE /v2.1/servers/...".
std::vector<std::string> writes_since(Party& party, std::uint64_t since) {
  std::vector<std::string> writes;
  for (const auto& entry : party.cloud().ledger().entries({}, since)) {
    if (entry.event != muster::sandbox::Event::called || entry.id == "GET" || entry.id == "HEAD") continue;
    if (entry.name.find("/auth/tokens") != std::string::npos) continue;
    writes.push_back(entry.kind + " " + entry.id + " " + entry.name);
  }
  return writes;
}

std::uint64_t last_entry(Party& party) {
  const auto entries = party.cloud().ledger().entries();
  return entries.empty() ? 0 : entries.back().seq;
}

}  // namespace

TEST_CASE("commands that look write nothing: not before an apply, not after one, not when the world has moved") {
  Party party(2);
  // Rights that are not told would make apply try one; what only looks leaves that to apply, and says so.
  party.forbid("ovh", "/auth/currentCredential");
  const std::vector<std::vector<std::string>> commands{{"plan", "--max-age", "0"},
                                                       {"status", "--max-age", "0"},
                                                       {"list"},
                                                       {"drift"},
                                                       {"orphans"},
                                                       {"history"},
                                                       {"validate"},
                                                       {"render"}};
  const auto look = [&] {
    const std::uint64_t before = last_entry(party);
    for (const auto& command : commands) party.run(command);
    CHECK(writes_since(party, before) == std::vector<std::string>{});
    CHECK(last_entry(party) > before);
  };
  look();
  const Ran plan = party.run({"plan", "--max-age", "0"});
  CHECK(plan.code == 2);
  CHECK(plan.out.find("whether example.com may be published is not known") != std::string::npos);

  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  CHECK_FALSE(writes_since(party, 0).empty());
  look();
  const auto servers = party.cloud().ledger().created_ever("server");
  REQUIRE(servers.size() == 2);
  party.vanish(servers[0].id);
  party.fail_server(servers[1].id);
  look();
}
