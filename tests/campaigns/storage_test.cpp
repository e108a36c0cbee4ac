// What becomes of a fleet when its database does not: the disk is full, the file torn, older or newer.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "state/sqlite.h"
#include "tests/campaigns/killed_run.h"
#include "tests/campaigns/report.h"
#include "tests/campaigns/small_disk.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

namespace fs = std::filesystem;

constexpr int hosts = 20;

struct Fleet {
  explicit Fleet(fs::path state = {}) : fleet(hosts) {
    database = state.empty() ? fleet.party().directory() / ".muster/state.db" : std::move(state);
  }

  EndedRun run(std::vector<std::string> words) {
    words.insert(words.end(), {"--state", database.string()});
    return fleet.run(words);
  }
  sandbox::Counts servers() { return fleet.party().cloud().ledger().counts("server"); }
  /// A complete apply, after which nothing is missing and nothing was made twice.
  void converge() {
    const EndedRun applied = run({"apply", "--yes"});
    INFO(applied.screen);
    CHECK(applied.status == 0);
    CHECK(servers().alive() == hosts);
    CHECK(servers().created == hosts);
    const EndedRun planned = run({"plan", "--max-age", "0"});
    INFO(planned.screen);
    CHECK(planned.status == 0);
  }
  /// Under its own name, as people do it on the advice of doctor.
  void move_away() const { fs::rename(database, database.string() + ".old"); }

  KillableFleet fleet;
  fs::path database;
};

bool holds(const EndedRun& ended, const std::string& words) { return ended.screen.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("a disk that is full at any moment of an apply loses nothing and doubles nothing") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  const auto disk = SmallDisk::mount(8 << 20);
  if (!disk) {
    WARN("not run: this system lets nobody mount a file system of his own");
    return;
  }
  CampaignRow row{"full disk"};
  std::size_t filled = 0;
  for (std::size_t room = 40 << 10; room <= 400 << 10; room += 45 << 10) {
    INFO("room for " << room << " bytes");
    const fs::path directory = disk->path() / std::to_string(room);
    Fleet fleet(directory / "state.db");
    fleet.fleet.begin_runs_with([&disk] { disk->enter(); });
    disk->leave(room);
    const EndedRun first = fleet.run({"apply", "--yes"});
    INFO(first.screen);
    row.runs += 2;
    if (first.status != 0) {
      ++filled;
      const bool has_begun = fleet.servers().created > 0;
      CHECK((first.status == 6 || (first.status == 1 && !has_begun)));
      CHECK(holds(first, "database or disk is full"));
      CHECK(holds(first, "make room on that disk"));
      const EndedRun planned = fleet.run({"plan"});
      INFO(planned.screen);
      CHECK(planned.status == 2);
      CHECK(holds(planned, "No space left on device"));
      CHECK(holds(planned, "what is read now is not remembered"));
      const EndedRun doctor = fleet.run({"doctor"});
      INFO(doctor.screen);
      CHECK(holds(doctor, "make room"));
    }
    disk->make_room();
    fleet.converge();
    row.duplicated += fleet.servers().created - std::min<std::size_t>(fleet.servers().created, hosts);
    fs::remove_all(disk->outside() / std::to_string(room));
  }
  row.blows = filled;
  CHECK(filled >= 3);
  print(row);
}

TEST_CASE("a torn database refuses, doctor says what it costs to be without, and the stamps bring it back") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  Fleet fleet;
  REQUIRE(fleet.run({"apply", "--yes"}).status == 0);
  const std::string bytes = state::file_bytes(fleet.database);
  REQUIRE(bytes.size() > 16384);
  state::write_bytes(fleet.database, bytes.substr(0, bytes.size() / 2));
  const auto calls = fleet.fleet.party().cloud().ledger().calls("nova");
  for (const char* command : {"apply", "destroy", "reconcile"}) {
    std::vector<std::string> words{command};
    if (std::string_view(command) != "reconcile") words.emplace_back("--yes");
    const EndedRun refused = fleet.run(words);
    INFO(refused.screen);
    CHECK(refused.status == 3);
    CHECK(holds(refused, "is damaged"));
    CHECK(holds(refused, fmt::format("mv {0} {0}.old", fleet.database.string())));
  }
  CHECK(fleet.fleet.party().cloud().ledger().calls("nova") == calls);
  const EndedRun doctor = fleet.run({"doctor"});
  INFO(doctor.screen);
  CHECK(doctor.status == 1);
  CHECK(holds(doctor, "move it away"));
  CHECK(fleet.servers().alive() == hosts);
  fleet.move_away();
  fleet.converge();
}

TEST_CASE("a database of a newer muster refuses and stays as it is; without it the stamps tell all") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  Fleet fleet;
  REQUIRE(fleet.run({"apply", "--yes"}).status == 0);
  state::Database({.path = fleet.database}).execute("PRAGMA user_version = 99");
  const std::string bytes = state::file_bytes(fleet.database);
  const EndedRun refused = fleet.run({"apply", "--yes"});
  INFO(refused.screen);
  CHECK(refused.status == 3);
  CHECK(holds(refused, "newer muster"));
  CHECK(state::file_bytes(fleet.database) == bytes);
  fleet.move_away();
  fleet.converge();
}

TEST_CASE("a database of an older muster is brought up to date, and what is under way in it goes on") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  Fleet fleet;
  Blow blow;
  blow.calls = 30;
  fleet.fleet.run({"apply", "--yes", "--state", fleet.database.string()}, blow);
  {
    state::Database older({.path = fleet.database});
    older.execute(fmt::format("PRAGMA user_version = {}", older.number("PRAGMA user_version") - 1));
  }
  fleet.converge();
}

}  // namespace muster::test
