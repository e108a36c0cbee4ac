// Every verb of every driver, ended by SIGKILL at every milestone it passes; then the next run.

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "state/child_for_test.h"
#include "tests/campaigns/census.h"
#include "tests/campaigns/leaping_clock.h"
#include "tests/campaigns/report.h"
#include "tests/campaigns/soak.h"
#include "tests/campaigns/watcher.h"
#include "tests/drivers/cases.h"
#include "tests/drivers/wanted.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Resources = std::vector<Resource>;
using Runs = std::function<Run(Site& site)>;

/// Databases need no disk here, and most of the time would go into waiting for it: what a process has written is the
/// kernel's, and SIGKILL of the process takes nothing of that away. What a loss of power takes is no matter of this.
std::filesystem::path memory() {
  const std::filesystem::path shared = "/dev/shm";
  return std::filesystem::is_directory(shared) ? shared : std::filesystem::path();
}

bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

/// A site whose runs are watched, and wait for nothing but the cloud.
class Stand {
 public:
  Stand() : site_({&clock_, &watcher_, memory(), [this](const auto& states) { pass_time(states); }}) {}

  Site& site() { return site_; }
  Watcher& watcher() { return watcher_; }
  LeapingClock& clock() { return clock_; }

  /// False when the run ended before; then it ended well.
  bool killed_at(const Spot& spot, const Runs& run) {
    watcher_.follow(spot);
    state::Child child([&](const auto&) { return run(site_).code; });
    const int status = child.wait();
    watcher_.follow({});
    INFO("the child ended with " << status);
    CHECK((status == -SIGKILL || status == 0));
    return status == -SIGKILL;
  }

 private:
  void pass_time(const std::vector<apply::StepState>& states) {
    const auto any = [&](apply::StepState state) {
      return std::find(states.begin(), states.end(), state) != states.end();
    };
    if (!any(apply::StepState::running)) clock_.leap(seconds(20));
  }

  LeapingClock clock_;
  Watcher watcher_;
  Site site_;
};

/// One run that is killed, and what goes before it.
struct Scenario {
  std::string name;
  /// From any converged state to the one that the run begins with.
  std::function<void(Stand& stand)> prepare;
  Runs run;
  /// What people start after a kill, until it is done.
  std::vector<Runs> next;
  Resources wanted;  ///< in the end
  std::function<void(Site& site, const Resources& wanted)> look_from_outside{};
  bool is_removal = false;  ///< of what no manifest names any more
};

void require(const Run& run) {
  INFO(run.words);
  REQUIRE(run.converged());
}

Scenario scenario(const Case& kind, const std::string& verb, const Resources& before, const Resources& after) {
  const Runs apply = [after](Site& site) { return site.apply(after); };
  return {verb + " " + kind.subject.kind,
          [before](Stand& stand) { require(stand.site().apply(before)); },
          apply,
          {apply},
          after,
          kind.look_from_outside,
          false};
}

Scenario creation(const Case& kind) {
  Scenario made = scenario(kind, "create", kind.wanted, kind.wanted);
  made.prepare = [wanted = kind.wanted](Stand& stand) { require(stand.site().destroy(wanted)); };
  return made;
}

Scenario destruction(const Case& kind) {
  const Runs destroy = [wanted = kind.wanted](Site& site) { return site.destroy(wanted); };
  Scenario made = scenario(kind, "destroy", kind.wanted, {});
  made.run = destroy;
  made.next = {destroy};
  made.look_from_outside = {};
  return made;
}

Scenario adoption(const Case& kind, const Deed& make_adoptable) {
  const Runs adopt = [wanted = kind.wanted](Site& site) { return site.adopt(wanted); };
  Scenario made = scenario(kind, "adopt", kind.wanted, kind.wanted);
  made.prepare = [wanted = kind.wanted, make_adoptable](Stand& stand) {
    require(stand.site().destroy(wanted));
    make_adoptable(stand.site());
  };
  made.run = adopt;
  made.next.insert(made.next.begin(), adopt);
  return made;
}

/// Something stands that nothing proves ours: the run that wrote it was killed, and its database is lost.
/// `records` of the two that the set has stand then.
Scenario resumption(const Case& kind, const Spot& killed, std::size_t records) {
  Scenario made = creation(kind);
  made.name = fmt::format("resume {} with {} records", kind.subject.kind, records);
  made.prepare = [destroyed = made.prepare, apply = made.run, killed, records](Stand& stand) {
    destroyed(stand);
    REQUIRE(stand.killed_at(killed, apply));
    stand.site().lose_database();
    REQUIRE(comes_true([&] { return records_called(stand.site(), "anna.event.example.com").size() == records; }));
  };
  return made;
}

std::vector<Scenario> scenarios_of(const Case& kind) {
  std::vector<Scenario> all{creation(kind)};
  if (kind.subject.kind == "ovh.rrset") {
    all.push_back(resumption(kind, {Milestone::after_send, "create", kind.subject, 1}, 1));
    all.push_back(resumption(kind, {Milestone::after_answer, "create", kind.subject, 1}, 2));
  }
  if (const auto* change = std::get_if<Edit>(&kind.change))
    all.push_back(scenario(kind, "update", kind.wanted, edited(kind.wanted, *change)));
  if (const auto* replacement = std::get_if<Edit>(&kind.replacement))
    all.push_back(scenario(kind, "replace", kind.wanted, edited(kind.wanted, *replacement)));
  if (const auto* make_adoptable = std::get_if<Deed>(&kind.make_adoptable))
    all.push_back(adoption(kind, *make_adoptable));
  all.push_back(scenario(kind, "remove", kind.wanted, without_subject(kind)));
  all.back().is_removal = true;
  all.back().look_from_outside = {};
  all.push_back(destruction(kind));
  return all;
}

/// What happens between the kill and the run that has to converge.
enum class Aftermath {
  nothing,
  killed_again,       ///< the next run is killed at the same milestone
  lost_database,      ///< with all intents
  late,               ///< what was sent takes effect while the next run is under way, inside the quiet window
  too_late,           ///< ... when the next run is over
  too_late_and_lost,  ///< both
};
constexpr milliseconds delay_of_late{40};
constexpr milliseconds delay_of_too_late{1500};

bool is_late(Aftermath aftermath) { return aftermath >= Aftermath::late; }
bool loses_database(Aftermath aftermath) {
  return aftermath == Aftermath::lost_database || aftermath == Aftermath::too_late_and_lost;
}

std::string_view to_string(Aftermath aftermath) {
  constexpr std::string_view names[] = {"nothing", "killed again", "database lost",
                                        "late",    "too late",     "too late and database lost"};
  return names[static_cast<std::size_t>(aftermath)];
}

/// How many writing requests to the same service left before.
std::int64_t sent_before(const Spot& spot, const std::vector<Spot>& spots) {
  return std::count_if(spots.begin(), std::find(spots.begin(), spots.end(), spot), [&](const Spot& other) {
    return other.milestone == Milestone::after_send && service_of(other.id) == service_of(spot.id);
  });
}

/// The first writing one after `skip` others.
void delay_call(Site& site, const std::string& service, std::int64_t skip, milliseconds delay) {
  site.cloud().faults().load({{"rules",
                               {{{"service", service},
                                 {"method", "POST|PUT|DELETE"},
                                 {"skip", skip},
                                 {"count", 1},
                                 {"action", "delay"},
                                 {"delay_ms", delay.count()}}}}});
}

/// A milestone and "VERB KIND": what has to be tried at least.
using Class = std::pair<Milestone, std::string>;

Class class_of(const Spot& spot) { return {spot.milestone, spot.verb + " " + spot.id.kind}; }

class Campaign {
 public:
  void run(const Scenario& scenario);
  const CampaignRow& row() const { return row_; }
  /// How often of each class.
  const std::map<Class, std::size_t>& kills() const { return kills_; }

 private:
  struct Reference {
    std::vector<Spot> spots;
    Census census;
  };

  Reference without_kill(const Scenario& scenario);
  std::vector<Aftermath> aftermaths_of(const Scenario& scenario, const Spot& spot);
  void attempt(const Scenario& scenario, const Reference& reference, const Spot& spot, Aftermath aftermath);
  void recover(const Scenario& scenario);
  bool has_landed(std::uint64_t since, milliseconds delay);
  bool has_answered(std::uint64_t since, std::int64_t but);
  void judge(const Scenario& scenario, const Reference& reference, std::uint64_t since, bool may_have_twins);

  std::unique_ptr<Stand> stand_;
  CampaignRow row_{"crash points"};
  std::map<Class, std::size_t> kills_;
  std::set<std::pair<Class, bool>> tried_;  ///< true: not the first of its step, such as the second of two records
};

Campaign::Reference Campaign::without_kill(const Scenario& scenario) {
  Site& site = stand_->site();
  scenario.prepare(*stand_);
  Reference reference;
  const std::uint64_t before = site.now();
  stand_->watcher().follow({});
  require(scenario.run(site));
  reference.spots = stand_->watcher().spots();
  for (const Runs& next : scenario.next) require(next(site));
  reference.census = census(site.ledger(), before);
  return reference;
}

void Campaign::recover(const Scenario& scenario) {
  for (const Runs& next : scenario.next) {
    ++row_.runs;
    const Run run = next(stand_->site());
    INFO(run.words);
    CHECK(run.converged());
  }
}

bool Campaign::has_landed(std::uint64_t since, milliseconds delay) {
  for (const sandbox::LedgerEntry& entry : stand_->site().ledger().entries({}, since)) {
    if (entry.event != sandbox::Event::called) continue;
    if (nlohmann::json::parse(entry.details)["latency_ms"] >= delay.count()) return true;
  }
  return false;
}

/// All writing requests that left since then, `but` so many. Time leaps for the next run, and not for the cloud:
/// without this the time in which the cloud may still be at work would be over at once.
bool Campaign::has_answered(std::uint64_t since, std::int64_t but) {
  std::map<std::string, std::int64_t> answered;
  for (const sandbox::LedgerEntry& entry : stand_->site().ledger().entries({}, since))
    if (entry.event == sandbox::Event::called && entry.id != "GET") ++answered[entry.kind];
  return answered["nova"] + answered["ovh"] + but >= stand_->watcher().sent("nova") + stand_->watcher().sent("ovh");
}

void Campaign::attempt(const Scenario& scenario, const Reference& reference, const Spot& spot, Aftermath aftermath) {
  INFO(scenario.name << ", killed: " << spot.to_string() << ", then: " << to_string(aftermath));
  Site& site = stand_->site();
  scenario.prepare(*stand_);
  const std::uint64_t before = site.now();
  const milliseconds delay = aftermath == Aftermath::late ? delay_of_late : delay_of_too_late;
  const auto earlier = sent_before(spot, reference.spots);
  if (is_late(aftermath)) delay_call(site, service_of(spot.id), earlier, delay);
  ++row_.runs;
  const bool killed = stand_->killed_at(spot, scenario.run);
  // Steps that do not wait for each other take turns that vary: then the run may have died before its delayed call.
  const bool comes_late = killed && is_late(aftermath) && stand_->watcher().sent(service_of(spot.id)) > earlier;
  if (!comes_late) site.cloud().faults().clear();
  REQUIRE(comes_true([&] { return has_answered(before, comes_late ? 1 : 0); }));
  if (killed) {
    ++row_.blows;
    ++kills_[class_of(spot)];
  }
  if (aftermath == Aftermath::killed_again) {
    ++row_.runs;
    const std::uint64_t again = site.now();
    if (stand_->killed_at(spot, scenario.next.front())) ++row_.blows;
    REQUIRE(comes_true([&] { return has_answered(again, 0); }));
  }
  if (loses_database(aftermath)) site.lose_database();
  const auto landed = [&] { return has_landed(before, delay); };
  if (comes_late && aftermath == Aftermath::late) stand_->clock().hold_until(landed);
  recover(scenario);
  stand_->clock().hold_until({});
  if (comes_late) {
    REQUIRE(comes_true(landed));
    recover(scenario);
  }
  site.cloud().faults().clear();
  const Driver* driver = site.registry().driver(spot.id.kind);
  const bool is_found_by_stamp = driver != nullptr && driver->traits().stampable;
  const bool may_have_twins = aftermath > Aftermath::late || (is_late(aftermath) && !is_found_by_stamp);
  judge(scenario, reference, before, may_have_twins || loses_database(aftermath));
}

void Campaign::judge(const Scenario& scenario, const Reference& reference, std::uint64_t since, bool may_have_twins) {
  Site& site = stand_->site();
  if (scenario.look_from_outside) scenario.look_from_outside(site, scenario.wanted);
  const Run after = site.plan(scenario.wanted);
  INFO(after.words);
  CHECK(after.code == 0);
  CHECK_FALSE(after.prepared.plan.has_changes());
  const Census found = census(site.ledger(), since);
  const auto& expected = reference.census.standing;
  const std::size_t leaked = surplus(found.standing, expected) + surplus(expected, found.standing);
  const std::size_t twins = may_have_twins ? 0 : surplus(found.peak, reference.census.peak);
  row_.leaked += leaked;
  row_.duplicated += twins;
  CHECK(leaked == 0);
  CHECK(twins == 0);
  CHECK(found.standing == expected);
}

/// Then one of two addresses stands alone; only the database knows whose it is, since the mark speaks for both.
bool leaves_what_nothing_proves(const Scenario& scenario, const Spot& spot, Aftermath aftermath) {
  return loses_database(aftermath) && spot.milestone == Milestone::after_send &&
         class_of(spot).second == "delete ovh.rrset" && scenario.is_removal;
}

/// In a soak everything; else each class of spots once with nothing and once with one more aftermath, by turns.
std::vector<Aftermath> Campaign::aftermaths_of(const Scenario& scenario, const Spot& spot) {
  std::vector<Aftermath> all{Aftermath::nothing, Aftermath::killed_again, Aftermath::lost_database};
  const bool may_be_late =
      spot.milestone == Milestone::after_send && service_of(spot.id) != "ipd";  // the sandbox delays
  if (may_be_late) all.push_back(Aftermath::late);
  if (campaign::is_soak() && may_be_late) all.insert(all.end(), {Aftermath::too_late, Aftermath::too_late_and_lost});
  std::erase_if(all, [&](Aftermath aftermath) { return leaves_what_nothing_proves(scenario, spot, aftermath); });
  if (campaign::is_soak()) return all;
  if (!tried_.emplace(class_of(spot), spot.occurrence > 1).second) return {};
  return {all.front(), all[1 + tried_.size() % (all.size() - 1)]};
}

void Campaign::run(const Scenario& scenario) {
  stand_ = std::make_unique<Stand>();
  const Reference reference = without_kill(scenario);
  for (const Spot& spot : reference.spots) {
    for (const Aftermath aftermath : aftermaths_of(scenario, spot)) attempt(scenario, reference, spot, aftermath);
  }
}

/// Steps of these make no writing request: the mark of their zone, written with the flush, says that a set is ours.
bool writes_nothing(const std::string& verb_and_kind) {
  return verb_and_kind.ends_with(" guest.check") || verb_and_kind == "adopt ovh.rrset";
}

TEST_CASE("killed at any milestone of any verb, the next run converges, and nothing is leaked or made twice") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  Campaign campaign;
  const PrintedAtEnd printed(campaign.row());
  for (const Case& kind : all_cases()) {
    for (const Scenario& scenario : scenarios_of(kind)) campaign.run(scenario);
  }
  for (const std::string verb_and_kind :
       {"create guest.check", "update guest.check", "create openstack.server", "adopt openstack.server",
        "update openstack.server", "replace openstack.server", "delete openstack.server", "create ovh.rrset",
        "resume ovh.rrset", "adopt ovh.rrset", "update ovh.rrset", "delete ovh.rrset", "create ovh.scope",
        "delete ovh.scope", "flush ovh.zone", "create ipd.deployment", "adopt ipd.deployment", "update ipd.deployment",
        "delete ipd.deployment"}) {
    for (const Milestone milestone : {Milestone::before_intent, Milestone::after_intent, Milestone::after_send,
                                      Milestone::after_answer, Milestone::after_commit, Milestone::between_steps}) {
      if (milestone == Milestone::after_send && writes_nothing(verb_and_kind)) continue;
      INFO(muster::to_string(milestone) << ", " << verb_and_kind);
      CHECK(campaign.kills().count({milestone, verb_and_kind}) == 1);
    }
  }
}

}  // namespace
}  // namespace muster::test
