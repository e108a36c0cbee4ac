// apply and destroy, killed at random moments again and again; then the same command once more, and nothing else.
//
// Every choice follows from a seed, which is printed with a failure: MUSTER_SEED=N plays the round of that seed alone.
// Moments are uniformly random over what is left of the run: its duration, or the number of its calls.

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/world.h"
#include "tests/campaigns/census.h"
#include "tests/campaigns/killed_run.h"
#include "tests/campaigns/neighbours.h"
#include "tests/campaigns/report.h"
#include "tests/campaigns/soak.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

enum class Goal { apply, destroy };

std::vector<std::string> command(Goal goal) { return {goal == Goal::apply ? "apply" : "destroy", "--yes"}; }
Goal other(Goal goal) { return goal == Goal::apply ? Goal::destroy : Goal::apply; }

struct Totals {
  CampaignRow row;
  std::size_t interrupts = 0;
  std::size_t lost_databases = 0;
  std::size_t late_twins = 0;  ///< of lost databases; the next run has removed them
};

/// One world, in which a fleet comes and goes.
class Round {
 public:
  Round(std::uint64_t seed, int hosts, Totals& totals);
  /// One way up or down, struck at least once.
  void leg();

 private:
  using Standing = std::map<std::string, std::size_t>;

  bool chance(std::uint64_t percent) { return random_.below(100) < percent; }
  EndedRun run(Goal goal, const std::optional<Blow>& blow = {});
  Standing standing() { return census(fleet_.party().cloud().ledger(), now()).standing; }
  double share_left(Goal goal);
  Blow draw_blow(Goal goal);
  void be_struck(Goal goal);
  void converge(Goal goal);
  void judge(Goal goal, std::uint64_t since);
  std::uint64_t now() { return fleet_.party().cloud().ledger().last(); }

  const std::uint64_t seed_;
  const int hosts_;
  Totals& totals_;
  sandbox::Random random_;
  KillableFleet fleet_;
  std::optional<Neighbours> neighbours_;
  std::map<Goal, Standing> expected_;
  std::chrono::microseconds wall_{};  ///< of an apply from nothing that was not struck
  std::uint64_t calls_ = 0;
  Goal goal_ = Goal::apply;
  bool database_lost_ = false;  ///< in this leg
};

Round::Round(std::uint64_t seed, int hosts, Totals& totals)
    : seed_(seed), hosts_(hosts), totals_(totals), random_(seed), fleet_(hosts) {
  const Standing empty = standing();
  const EndedRun first = run(Goal::apply);
  INFO(first.screen);
  REQUIRE(first.status == 0);
  const Standing alone = standing();
  neighbours_.emplace(fleet_.party());
  expected_[Goal::apply] = standing();
  expected_[Goal::destroy] = empty;
  for (const auto& [name, count] : expected_[Goal::apply]) {
    const auto ours = alone.find(name);
    if (ours == alone.end()) expected_[Goal::destroy].emplace(name, count);
  }
  // The way down is about as long.
  wall_ = first.wall;
  calls_ = first.calls;
  goal_ = Goal::destroy;
  fleet_.delay_creates(20);
}

EndedRun Round::run(Goal goal, const std::optional<Blow>& blow) {
  ++totals_.row.runs;
  return fleet_.run(command(goal), blow);
}

/// What the way to the goal still is, next to all of it; reading and checking are never saved.
double Round::share_left(Goal goal) {
  const double standing = static_cast<double>(fleet_.party().cloud().ledger().counts("server").alive()) / hosts_;
  return std::clamp(goal == Goal::apply ? 1 - standing : standing, 0.15, 1.0);
}

Blow Round::draw_blow(Goal goal) {
  constexpr std::uint64_t fine = 1'000'000;
  const double part = share_left(goal) * static_cast<double>(random_.below(fine)) / fine;
  Blow blow;
  if (chance(8)) blow.kind = chance(50) ? Blow::Kind::interrupt : Blow::Kind::interrupt_twice;
  if (chance(50))
    blow.time = std::chrono::microseconds(static_cast<std::int64_t>(part * static_cast<double>(wall_.count())));
  else
    blow.calls = static_cast<std::uint64_t>(part * static_cast<double>(calls_));
  return blow;
}

void Round::be_struck(Goal goal) {
  const Blow blow = draw_blow(goal);
  const EndedRun ended = run(goal, blow);
  const bool loses_database = chance(10);
  INFO(ended.screen);
  INFO("the run ended with " << ended.status);
  // A run may end of itself between the blow's decision and the blow.
  const bool came_too_late = blow.kind == Blow::Kind::kill && ended.status >= 0;
  if (!ended.struck || came_too_late) {
    CHECK(ended.status == 0);
    return;
  }
  const bool stopped = ended.status == 0 || ended.status == 130 || ended.status == -SIGINT;
  CHECK((blow.kind == Blow::Kind::kill ? ended.status == -SIGKILL : stopped));
  ++(blow.kind == Blow::Kind::kill ? totals_.row.blows : totals_.interrupts);
  if (!loses_database) return;
  fleet_.party().forget_state();
  database_lost_ = true;
  ++totals_.lost_databases;
}

void Round::converge(Goal goal) {
  const EndedRun ended = run(goal);
  INFO(ended.screen);
  CHECK(ended.status == 0);
}

void Round::judge(Goal goal, std::uint64_t since) {
  const Census found = census(fleet_.party().cloud().ledger(), since);
  const std::size_t leaked = surplus(found.standing, expected_.at(goal));
  std::size_t duplicated = 0;
  for (const auto& [name, peak] : found.peak) {
    if (name.starts_with("server ") && !database_lost_) duplicated += peak - std::min<std::size_t>(peak, 1);
  }
  CHECK(leaked == 0);
  CHECK(duplicated == 0);
  CHECK(found.standing == expected_.at(goal));
  CHECK(neighbours_->harmed() == 0);
  totals_.row.leaked += leaked;
  totals_.row.duplicated += duplicated;
}

void Round::leg() {
  INFO("MUSTER_SEED=" << seed_ << ", " << hosts_ << " hosts, " << totals_.row.blows << " kills so far");
  const std::uint64_t since = now();
  database_lost_ = false;
  do {
    if (chance(15)) goal_ = other(goal_);
    be_struck(goal_);
  } while (chance(80));
  converge(goal_);
  if (database_lost_) {
    totals_.late_twins += surplus(standing(), expected_.at(goal_));
    converge(goal_);
  }
  judge(goal_, since);
  const EndedRun again = goal_ == Goal::apply ? fleet_.run({"plan", "--max-age", "0"}) : run(goal_);
  INFO(again.screen);
  CHECK(again.status == 0);
  goal_ = other(goal_);
}

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Some legs in each world, until there were enough kills. MUSTER_KILLS=N: as many as that.
void campaign(int hosts, std::uint64_t kills, int legs_of_a_round) {
  Totals totals{{fmt::format("random SIGKILL, {} hosts", hosts)}};
  const char* replayed = std::getenv("MUSTER_SEED");
  // Moments differ from run to run whatever the seed; a soak also makes other choices each time.
  const auto today = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  const std::uint64_t first = number_of("MUSTER_SEED", campaign::is_soak() ? today % 1'000'000 : 1);
  for (std::uint64_t seed = first; totals.row.blows < kills; ++seed) {
    Round round(seed, hosts, totals);
    for (int leg = 0; leg < legs_of_a_round && totals.row.blows < kills; ++leg) round.leg();
    if (replayed != nullptr) break;
  }
  print(totals.row);
  fmt::print("  and {} Ctrl+C, {} databases deleted ({} twins, removed by the next run); seeds from {}\n",
             totals.interrupts, totals.lost_databases, totals.late_twins, first);
}

}  // namespace

TEST_CASE("50 hosts, killed at any moment on their way up or down, are all there once or all gone after the next run") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  campaign(50, number_of("MUSTER_KILLS", campaign::is_soak() ? 1600 : 45), 20);
}

TEST_CASE("so are 500 hosts") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  campaign(500, number_of("MUSTER_KILLS", campaign::is_soak() ? 400 : 5), 20);
}

}  // namespace muster::test
