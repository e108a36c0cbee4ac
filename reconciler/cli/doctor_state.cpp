#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "reconciler/cli/doctor.h"
#include "reconciler/cli/fleet_lock.h"
#include "reconciler/cli/text.h"
#include "resources/contract/driver.h"
#include "resources/contract/error.h"
#include "state/host_lock.h"
#include "state/run_lock.h"

namespace muster::cli {
namespace {

constexpr std::uintmax_t little_space = 100u << 20;
constexpr std::uintmax_t too_little_space = 1u << 20;
constexpr const char* memory_title = "what the database alone knows";

std::string size_text(std::uintmax_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  if (bytes < 1u << 20) return fmt::format("{} KB", bytes >> 10);
  if (bytes < 1u << 30) return fmt::format("{} MB", bytes >> 20);
  return fmt::format("{} GB", bytes >> 30);
}

/// What deleting it costs, wherever that is the way out.
std::string move_away(const std::filesystem::path& path) {
  return fmt::format(
      "move it away (mv {0} {0}.old) and run again: it is a cache. Lost are history, claims and open intents: at worst "
      "a second copy of what was being created, which the next run removes",
      path.string());
}

constexpr const char* another_file = "name another file with --state or MUSTER_STATE";

/// The database is as good as before: nothing is moved away.
std::string way_to_rights(const state::DatabaseFacts& facts, const std::filesystem::path& path) {
  if (facts.write_obstacle.find(std::strerror(EROFS)) != std::string::npos)
    return fmt::format("mount its file system for writing, or {}", another_file);
  if (facts.owner.empty()) return fmt::format("run as its owner, or {}", another_file);
  if (!facts.is_ours) return fmt::format("run as {}, or {}", facts.owner, another_file);
  return fmt::format("chmod u+rw {}, chmod u+rwx its directory, or {}", path.string(), another_file);
}

Finding judge_content(const state::DatabaseFacts& facts, const std::filesystem::path& path) {
  if (facts.is_directory)
    return {FindingState::problem, "content", facts.unreadable + ", where a file should be", another_file};
  if (facts.is_no_database)
    return {FindingState::problem, "content", "it is damaged: " + facts.unreadable, move_away(path)};
  if (!facts.unreadable.empty())
    return {FindingState::problem, "content", "it cannot be read: " + facts.unreadable, way_to_rights(facts, path)};
  if (facts.is_foreign)
    return {FindingState::problem, "content", "it is the database of another program", another_file};
  if (!facts.damage.empty())
    return {FindingState::problem, "content", "it is damaged: " + facts.damage, move_away(path)};
  return {FindingState::ok, "content", "the integrity check found nothing wrong"};
}

Finding judge_schema(const state::DatabaseFacts& facts, const std::filesystem::path& path) {
  const std::int64_t current = state::current_schema();
  if (facts.schema > current)
    return {FindingState::problem, "schema",
            fmt::format("{}; this muster ({}) knows no more than {}", facts.schema, MUSTER_VERSION, current),
            "use the newer muster that wrote it, or " + move_away(path)};
  if (facts.schema < current)
    return {FindingState::warning, "schema",
            fmt::format("{}, older than {}: the next run brings it up to date and reads everything anew", facts.schema,
                        current),
            ""};
  return {FindingState::ok, "schema", std::to_string(facts.schema)};
}

Finding judge_file(const state::DatabaseFacts& facts, const std::filesystem::path& path) {
  const std::string text =
      fmt::format("{}, {}, mode {:04o}, owner {}", path.string(), size_text(facts.bytes), facts.mode, facts.owner);
  if ((facts.mode & 077) != 0) {
    const std::string what = (facts.mode & 022) != 0 ? "write" : "look at";
    return {FindingState::warning, "file", fmt::format("{}: others may {} it", text, what),
            "chmod 600 " + path.string()};
  }
  return {FindingState::ok, "file", text};
}

Finding judge_rights(const state::DatabaseFacts& facts, const std::filesystem::path& path) {
  return {FindingState::problem, "rights",
          fmt::format("it cannot be written ({}): what only looks remembers nothing, and apply refuses",
                      facts.write_obstacle),
          way_to_rights(facts, path)};
}

Finding judge_disk(const state::DatabaseFacts& facts) {
  if (!facts.network.empty())
    return {FindingState::problem, "disk", "the database is on a network file system (" + facts.network + ")",
            "name a file on a local disk with --state or MUSTER_STATE: SQLite's locks do not hold across machines"};
  if (!facts.free_bytes) return {FindingState::warning, "disk", "how much is free is not known", ""};
  if (*facts.free_bytes < too_little_space)
    return {FindingState::problem, "disk", size_text(*facts.free_bytes) + " free: a run would stop half-way",
            "make room, or name a file on another disk with --state or MUSTER_STATE"};
  if (*facts.free_bytes < little_space)
    return {FindingState::warning, "disk", size_text(*facts.free_bytes) + " free",
            "make room: a full disk stops a run"};
  return {FindingState::ok, "disk", "local, " + size_text(*facts.free_bytes) + " free"};
}

/// "3 creates of servers, 1 delete of record".
std::string intents_text(const std::vector<state::Intent>& intents) {
  std::map<std::string, std::size_t> counts;
  for (const state::Intent& intent : intents)
    ++counts[fmt::format("{} {}", to_string(intent.verb), intent.resource.to_string())];
  std::vector<std::string> names;
  for (const auto& [what, number] : counts) names.push_back(what);
  return some_of(names, 60);
}

Finding judge_intents(const std::vector<state::Intent>& intents) {
  if (intents.empty()) return {FindingState::ok, "open intents", "none: every write of earlier runs has its outcome"};
  const auto creates = std::count_if(intents.begin(), intents.end(),
                                     [](const state::Intent& intent) { return intent.verb == Verb::create; });
  return {FindingState::warning, "open intents", fmt::format("{}: {}", intents.size(), intents_text(intents)),
          fmt::format("the next apply looks them up and goes on; if the database were lost now, {} might appear as a "
                      "second copy, which a later run removes",
                      counted(static_cast<std::size_t>(creates), "create"))};
}

Finding judge_debts(const std::vector<state::Debt>& debts) {
  if (debts.empty()) return {FindingState::ok, "debts", "none: every zone that was written has been published"};
  std::vector<std::string> zones;
  for (const state::Debt& debt : debts) zones.push_back(debt.target.name);
  return {FindingState::warning, "debts", "written and not published: " + some_of(zones, 60),
          "the next apply publishes them; if the database were lost now, only the next write to the zone would"};
}

}  // namespace

bool is_usable(const state::DatabaseFacts& facts, const std::string& fleet_uid) {
  return facts.exists && facts.unreadable.empty() && facts.damage.empty() && !facts.is_foreign &&
         facts.schema <= state::current_schema() && facts.fleet_uid == fleet_uid && !fleet_uid.empty();
}

Section judge_database(const state::DatabaseFacts& facts, const std::filesystem::path& path, const std::string& fleet,
                       const std::string& fleet_uid) {
  Section section{"database", {}};
  if (!facts.exists && facts.unreadable.empty()) {
    section.findings.push_back(
        {FindingState::ok, "file",
         path.string() + " is not there" + (facts.write_obstacle.empty() ? "; the first plan makes it" : "")});
    section.findings.push_back(judge_disk(facts));
    if (!facts.write_obstacle.empty()) section.findings.push_back(judge_rights(facts, path));
    return section;
  }
  if (facts.exists && !facts.is_directory) section.findings.push_back(judge_file(facts, path));
  section.findings.push_back(judge_disk(facts));
  if (!facts.write_obstacle.empty() && facts.unreadable.empty()) section.findings.push_back(judge_rights(facts, path));
  section.findings.push_back(judge_content(facts, path));
  if (!facts.unreadable.empty() || facts.is_foreign) return section;
  section.findings.push_back(judge_schema(facts, path));
  if (!facts.fleet_uid.empty() && !fleet_uid.empty() && facts.fleet_uid != fleet_uid) {
    section.findings.push_back(
        {FindingState::problem, "fleet",
         fmt::format("it belongs to the fleet with uid {}, and '{}' has {}", facts.fleet_uid, fleet, fleet_uid),
         "name another file with --state or MUSTER_STATE, or put the uid back if it was changed by mistake"});
  }
  return section;
}

Section examine_lock(const manifests::Fleet& fleet, const Shell& shell) {
  Section section{"lock", {}};
  if (fleet.uid.empty()) {
    section.findings.push_back(
        {FindingState::warning, "lock", "the fleet has no uid, so there is no lock to look at", ""});
    return section;
  }
  const auto judge = [&](const std::string& subject, const std::optional<state::LockHolder>& holder) {
    if (!holder) return Finding{FindingState::ok, subject, "free"};
    return Finding{FindingState::warning, subject, "held by " + holder_text(*holder, shell.clock.now()),
                   "wait until it ends, or end it; the lock goes with its process"};
  };
  section.findings.push_back(judge("lock", state::RunLock::holder(fleet.uid, shell.machine)));
  if (fleet.lock_host.empty()) return section;
  const std::string subject = "lock on " + fleet.lock_host;
  try {
    section.findings.push_back(
        judge(subject, state::HostLock::holder(lock_host_of(fleet, shell.environment), fleet.uid, shell.stop)));
  } catch (const Error& error) {
    if (error.fault() == Fault::interrupted) throw;
    section.findings.push_back({FindingState::problem, subject, error.message(), error.hint()});
  }
  return section;
}

Section judge_memory(const state::DatabaseFacts& facts, const std::string& fleet_uid) {
  const bool is_readable = facts.unreadable.empty() && facts.damage.empty();
  if (!facts.exists && is_readable) return {memory_title, {{FindingState::ok, "memory", "nothing: there is none"}}};
  if (!is_readable || facts.schema > state::current_schema())
    return {memory_title,
            {{FindingState::warning, "memory", "not known, for it cannot be read: history, claims and open intents",
              "see the database above"}}};
  if (facts.is_foreign || (facts.fleet_uid != fleet_uid && !facts.fleet_uid.empty()))
    return {memory_title,
            {{FindingState::warning, "memory", "not looked at: it is not of this fleet", "see the database above"}}};
  return {memory_title, {{FindingState::ok, "memory", "nothing yet"}}};
}

Section examine_memory(state::Store& store, const Registry& registry, Time now) {
  Section section{memory_title, {}};
  section.findings.push_back(judge_intents(store.intents().list()));
  section.findings.push_back(judge_debts(store.debts().list()));
  if (const auto claims = store.claims().list(); claims.empty())
    section.findings.push_back({FindingState::ok, "claims", "none: everything of ours carries a stamp"});
  else
    section.findings.push_back({FindingState::warning, "claims",
                                counted(claims.size(), "object") + " of ours cannot carry a stamp",
                                "after a loss of the database they would have to be claimed again (muster adopt)"});
  const auto runs = store.history().runs(100'000);
  std::string history = counted(runs.size(), "run");
  if (!runs.empty()) history += ", the last " + duration_text(now - runs.front().started) + " ago";
  section.findings.push_back({FindingState::ok, "history", history + "; it would be gone"});
  std::size_t passed = 0;
  for (const std::string& kind : registry.resource_kinds()) {
    if (registry.driver(kind)->traits().pure_check) passed += store.observations().load(state::Scope{{}, kind}).size();
  }
  section.findings.push_back(
      {FindingState::ok, "causes",
       "why fields differ would not be known; " + counted(passed, "check") + " would be made again"});
  return section;
}

}  // namespace muster::cli
