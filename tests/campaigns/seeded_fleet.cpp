#include "tests/campaigns/seeded_fleet.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "reconciler/apply/reconcile.h"
#include "reconciler/cli/system.h"
#include "resources/contract/error.h"
#include "sandbox/sandbox.h"
#include "state/store.h"
#include "tests/campaigns/seeded_network.h"
#include "tests/campaigns/seeded_threads.h"
#include "tests/support/surroundings.h"

namespace muster::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Processes that one wish takes at most; the last ones meet no faults.
constexpr int most_processes = 10;
constexpr int processes_with_faults = 4;

/// What the commands show people; here it is for the trace.
struct Telling : Logger, ProgressSink, apply::EventSink {
  explicit Telling(SeededThreads& its_threads) : threads(its_threads) {}
  void log(LogLevel, std::string_view) override {}
  void progress(const ResourceId&, std::string_view) override {}
  void step_changed(const plan::Plan& plan, std::size_t step, apply::StepState state,
                    const std::string& text) override {
    const plan::Step& planned = plan.steps[step];
    threads.note(fmt::format("{} {}: {} {}", to_string(planned.verb), planned.id.to_string(), to_string(state), text));
  }
  void tick(const plan::Plan&, const std::vector<apply::StepState>&) override {}
  SeededThreads& threads;
};

/// Whoever opens a database in a simulation is watched by it.
thread_local SeededNetwork* watching_network = nullptr;
thread_local SeededThreads* watching_threads = nullptr;

int saw_statement(unsigned, void*, void* statement, void*) {
  if (watching_network == nullptr || watching_network->is_dead()) return 0;
  auto* const handle = static_cast<sqlite3_stmt*>(statement);
  if (sqlite3_stmt_readonly(handle) != 0 && std::string_view(sqlite3_sql(handle)) != "COMMIT") return 0;
  if (sqlite3_bind_parameter_count(handle) == 0) {
    watching_threads->note(sqlite3_sql(handle));
  } else if (char* const text = sqlite3_expanded_sql(handle); text != nullptr) {
    watching_threads->note(text);
    sqlite3_free(text);
  }
  watching_network->event();
  return 0;
}

int watch(sqlite3* database, const char**, const void*) {
  return sqlite3_trace_v2(database, SQLITE_TRACE_STMT, saw_statement, nullptr);
}

/// While it lives, statements that write are events of the simulation.
class Watch {
 public:
  Watch(SeededThreads& threads, SeededNetwork& network) {
    watching_threads = &threads;
    watching_network = &network;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch));
  }
  ~Watch() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch));
    watching_network = nullptr;
    watching_threads = nullptr;
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
};

constexpr const char* database_parts[] = {"", "-wal", "-shm"};

void remove_database(const fs::path& path) {
  for (const char* part : database_parts) fs::remove(path.string() + part);
}

/// What a process that is killed leaves behind; -shm is made anew from the others.
void copy_database(const fs::path& from, const fs::path& to) {
  remove_database(to);
  for (const char* part : {"", "-wal"}) {
    if (fs::exists(from.string() + part)) fs::copy_file(from.string() + part, to.string() + part);
  }
}

sandbox::SandboxOptions cloud_options(SeededThreads& threads) {
  sandbox::SandboxOptions options;
  options.has_network = false;
  options.seed = threads.bits();
  options.openstack.boot_time = milliseconds(threads.below(threads.chance(10) ? 200'000 : 10'000));
  options.openstack.delete_time = milliseconds(threads.below(20'000));
  options.guests.boot_time = milliseconds(threads.below(30'000));
  options.ovh.zone_rules.refresh_duration = milliseconds(threads.below(5'000));
  options.ovh.zone_rules.new_record_hidden_for = milliseconds(threads.chance(30) ? threads.below(5'000) : 0);
  options.ovh.post_answers_id_zero = threads.chance(20);
  return options;
}

/// Every kind of trouble that one call can have; which of them a process meets is up to the seed.
json faults_of(SeededThreads& threads) {
  const json troubles = {
      {{"service", "nova"}, {"method", "POST"}, {"path", "/servers$"}, {"action", "drop-after"}},
      {{"service", "nova"}, {"method", "POST"}, {"path", "/servers$"}, {"action", "status"}, {"process_first", true}},
      {{"service", "nova"}, {"method", "POST"}, {"path", "/servers$"}, {"effect", "error"}, {"count", 2}},
      {{"service", "nova"}, {"method", "DELETE"}, {"action", "drop-after"}},
      {{"service", "ovh"}, {"method", "POST"}, {"path", "/record$"}, {"action", "drop-after"}},
      {{"service", "ovh"}, {"method", "POST"}, {"path", "/record$"}, {"action", "status"}, {"status", 500}},
      {{"service", "ovh"}, {"method", "POST|PUT|DELETE"}, {"action", "drop-after"}},
      {{"service", "ovh"}, {"method", "POST"}, {"path", "/refresh$"}, {"action", "drop-before"}},
      {{"service", "nova|ovh"},
       {"action", "status"},
       {"status", 429},
       {"headers", {{"Retry-After", "2"}}},
       {"count", 12}},
      {{"service", "nova|glance|neutron|ovh"}, {"method", "GET"}, {"action", "status"}, {"status", 502}},
      {{"service", "nova|ovh"}, {"method", "GET"}, {"action", "truncate"}, {"bytes", 20}},
      {{"service", "keystone"}, {"action", "drop-before"}},
      {{"service", "guest"}, {"action", "drop-before"}},
      {{"service", ".*"}, {"action", "delay"}, {"delay_ms", 9'000}},
  };
  json rules = json::array();
  for (const json& trouble : troubles) {
    if (!threads.chance(20)) continue;
    json rule = trouble;
    rule["probability"] = static_cast<double>(1 + threads.below(40)) / 100;
    if (!rule.contains("count")) rule["count"] = 1 + threads.below(8);
    rules.push_back(std::move(rule));
  }
  return {{"seed", threads.bits()}, {"rules", std::move(rules)}};
}

/// What a seed goes through: it wants one after the other.
std::vector<SeededWish> wishes_of(std::uint64_t seed) {
  std::mt19937_64 random(~seed);
  const std::vector<SeededWorkshop> choices = workshop_choices();
  std::vector<SeededWish> wishes(1 + random() % 2);
  for (SeededWish& wish : wishes) {
    for (std::size_t i = 0; i < std::size(seeded_workshops); ++i) wish.push_back(choices[random() % choices.size()]);
  }
  return wishes;
}

/// Whether the hosts of a workshop are ever replaced: old and new ones stand side by side for a while then.
bool is_replaced(const std::vector<SeededWish>& wishes, std::size_t workshop) {
  std::set<bool> images;
  for (const SeededWish& wish : wishes) {
    if (wish[workshop].hosts > 0) images.insert(wish[workshop].newer_image);
  }
  return images.size() > 1;
}

/// The most servers of one name that ever stood at the same time. One that the cloud failed to build counts for none:
/// it may stand until its successor does.
std::map<std::string, std::size_t> peaks(const sandbox::Ledger& ledger) {
  std::map<std::string, std::size_t> standing;
  std::map<std::string, std::size_t> most;
  std::set<std::string> failed;
  for (const sandbox::LedgerEntry& entry : ledger.entries("server")) {
    if (entry.event == sandbox::Event::created && entry.details.find(R"("fate":"error")") != std::string::npos)
      failed.insert(entry.id);
    if (failed.contains(entry.id)) continue;
    std::size_t& now = standing[entry.name];
    if (entry.event == sandbox::Event::created) ++now;
    if (entry.event == sandbox::Event::deleted) --now;
    most[entry.name] = std::max(most[entry.name], now);
  }
  return most;
}

std::string words_of(const apply::Prepared& prepared) {
  std::string words;
  for (const auto* problems : {&prepared.plan.problems, &prepared.preflight}) {
    for (const Diagnostic& problem : *problems) words += problem.message + "; ";
  }
  for (const plan::Unknown& unknown : prepared.plan.unknown) {
    words += unknown.id.to_string() + " is unknown: " + unknown.reason + "; ";
  }
  return words;
}

std::string words_of(const plan::Plan& plan, const apply::Report& report) {
  std::string words;
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const apply::StepResult& ended = report.results[i];
    if (ended.state == apply::StepState::done) continue;
    words += fmt::format("{} {}: {} {}; ", to_string(plan.steps[i].verb), plan.steps[i].id.to_string(),
                         to_string(ended.state), ended.error ? ended.error->full_text() : std::string());
  }
  return words;
}

class Simulation {
 public:
  Simulation(std::uint64_t seed, SeededThreads& threads, const SeededManifests& manifests, SeededResult& result)
      : threads_(threads),
        manifests_(manifests),
        result_(result),
        cloud_(cloud_options(threads)),
        network_(threads, cloud_),
        database_(manifests.directory() / fmt::format("{}.db", seed)),
        records_at_first_(cloud_.ledger().counts("record").alive()) {}

  void run(const std::vector<SeededWish>& wishes) {
    remove_database(database_);
    for (const SeededWish& wish : wishes) converge(manifests_.load(wish), &wish == &wishes.back());
    judge(wishes);
    remove_database(database_);
    for (const char* service : {"keystone", "nova", "glance", "neutron", "ovh", "guest"})
      result_.calls += cloud_.ledger().calls(service);
  }

 private:
  void converge(const manifests::Load& load, bool is_last) {
    bool spoiled = true;
    for (int process = 0; process < most_processes; ++process) {
      spoiled = spoiled && process < processes_with_faults;
      if (spoiled) {
        const json faults = faults_of(threads_);
        threads_.note("faults " + faults.dump());
        cloud_.faults().load(faults);
      } else {
        cloud_.faults().clear();
        network_.deliver_all();
      }
      const bool converged = run_process(load, spoiled);
      if (converged && (!is_last || !spoiled)) return;
      if (converged) spoiled = false;
      threads_.sleep(seconds(1 + threads_.below(300)));
    }
    result_.complaint += fmt::format("not converged after {} processes: {}\n", most_processes, last_words_);
  }

  bool run_process(const manifests::Load& load, bool spoiled) {
    ++result_.processes;
    threads_.note("a process begins");
    std::stop_source stop;
    const fs::path left = database_.string() + ".left";
    const std::uint64_t last_event = spoiled && threads_.chance(50) ? 1 + threads_.below(300) : 0;
    network_.begin_process(last_event, [&] {
      copy_database(database_, left);
      stop.request_stop();
    });
    bool converged = false;
    try {
      converged = run_engine(load, stop);
    } catch (const Error& error) {
      last_words_ = error.full_text();
    }
    threads_.note(fmt::format("a process ends {}", converged ? "converged" : last_words_));
    if (!network_.is_dead()) return converged;
    ++result_.deaths;
    remove_database(database_);
    for (const char* part : {"", "-wal"}) {
      if (fs::exists(left.string() + part)) fs::rename(left.string() + part, database_.string() + part);
    }
    return false;
  }

  bool run_engine(const manifests::Load& load, std::stop_source& stop) {
    cli::SystemClock clock;
    cli::SystemRandom random;
    Telling telling(threads_);
    CallCounter calls;
    AnyPace pace;
    Redactor redactor;
    NoSecrets secrets;
    const Variables environment(cloud_.environment());
    Context context{clock, random,   stop.get_token(), telling,       telling, calls,
                    pace,  redactor, environment,      Access::write, nullptr, nullptr};
    context.network = &network_;
    const Watch watching(threads_, network_);
    state::Store store({database_, seeded_fleet_uid, "seeded"});
    plan::FleetFacts facts;
    facts.name = "seeded";
    facts.uid = seeded_fleet_uid;
    facts.guard = {1'000, 100};
    apply::Engine engine(manifests_.registry(), {facts, load.resources, load.manifests}, store, secrets, context,
                         "tester@here");
    apply::PassOptions options;
    options.holds_lock = true;
    const apply::Prepared prepared = engine.prepare(options);
    last_words_ = words_of(prepared);
    if (has_errors(prepared.preflight) || !prepared.plan.has_changes()) return apply::exit_code(prepared) == 0;
    if (has_errors(engine.rehearse(prepared))) return false;
    const apply::Report report = engine.apply(prepared, "apply", telling);
    last_words_ += words_of(prepared.plan, report);
    return apply::exit_code(prepared, report) == 0;
  }

  void judge(const std::vector<SeededWish>& wishes) {
    cloud_.faults().clear();
    network_.begin_process(0, [] {});
    const SeededWish& wish = wishes.back();
    std::uint64_t servers = 0;
    std::uint64_t records = records_at_first_;
    for (const SeededWorkshop& workshop : wish) {
      servers += static_cast<std::uint64_t>(workshop.hosts);
      if (workshop.hosts > 0) records += static_cast<std::uint64_t>(workshop.hosts) + 1;
    }
    threads_.sleep(seconds(60));
    compare("server", servers);
    compare("record", records);
    count_twins(wishes);
  }

  /// Nothing is ever made twice, not even for a moment.
  void count_twins(const std::vector<SeededWish>& wishes) {
    for (const auto& [name, most] : peaks(cloud_.ledger())) {
      const std::size_t workshop = name.starts_with(seeded_workshops[0]) ? 0 : 1;
      const std::size_t allowed = is_replaced(wishes, workshop) ? 2 : 1;
      if (most <= allowed) continue;
      result_.duplicated += most - allowed;
      result_.complaint += fmt::format("{} servers called {} stood at the same time\n", most, name);
    }
  }

  void compare(const char* kind, std::uint64_t wanted) {
    const std::uint64_t alive = cloud_.ledger().counts(kind).alive();
    if (alive == wanted) return;
    if (alive > wanted) result_.leaked += alive - wanted;
    result_.complaint += fmt::format("{} of kind {} stand, {} are wanted\n", alive, kind, wanted);
  }

  SeededThreads& threads_;
  const SeededManifests& manifests_;
  SeededResult& result_;
  sandbox::Sandbox cloud_;
  SeededNetwork network_;
  const fs::path database_;
  const std::uint64_t records_at_first_;
  std::string last_words_;
};

}  // namespace

SeededResult run_seed(std::uint64_t seed, const SeededManifests& manifests, bool keeps_lines) {
  SeededResult result;
  SeededThreads threads({seed, fmt::format("MUSTER_SEED={}", seed), keeps_lines});
  threads.run([&] { Simulation(seed, threads, manifests, result).run(wishes_of(seed)); });
  result.digest = threads.digest();
  result.lines = threads.lines();
  return result;
}

}  // namespace muster::test
