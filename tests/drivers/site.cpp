#include "tests/drivers/site.h"

#include <fmt/format.h>
#include <httplib.h>
#include <stdlib.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "resources/builtin.h"
#include "resources/contract/error.h"
#include "state/run_lock.h"
#include "state/store.h"
#include "tests/support/catch.h"
#include "tests/support/hasty_clock.h"
#include "tests/support/surroundings.h"

namespace muster::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

fs::path new_directory(const fs::path& below) {
  std::string pattern =
      ((below.empty() ? fs::temp_directory_path() : below) / ("muster-drivers-" + std::string(6, 'X'))).string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  return pattern;
}

sandbox::SandboxOptions quick_cloud(const Clock* clock) {
  sandbox::SandboxOptions options;
  options.clock = [] { return hasty_now(); };
  if (clock != nullptr) options.clock = [clock] { return clock->now(); };
  options.openstack.boot_time = milliseconds(20);
  options.openstack.delete_time = milliseconds(20);
  options.guests.boot_time = milliseconds(1);
  options.ovh.zone_rules.refresh_duration = milliseconds(1);
  return options;
}

class KernelRandom : public Random {
 public:
  std::uint64_t bits() override {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
  }
};

struct Quiet : Logger, ProgressSink {
  void log(LogLevel, std::string_view) override {}
  void progress(const ResourceId&, std::string_view) override {}
};

/// Nobody works on it, but it goes on when time has passed.
bool waits(apply::StepState state) {
  using State = apply::StepState;
  return state == State::waiting || state == State::looking_up || state == State::retrying || state == State::written;
}

/// Asks to stop when a step of `until` runs; tells the surroundings when time may pass.
class Follower : public apply::EventSink {
 public:
  Follower(const ResourceId* until, std::stop_source stop, const Surroundings& surroundings)
      : until_(until), stop_(std::move(stop)), surroundings_(surroundings) {}
  void step_changed(const plan::Plan& plan, std::size_t step, apply::StepState state, const std::string&) override {
    if (until_ != nullptr && plan.steps[step].id == *until_ && state == apply::StepState::running) stop_.request_stop();
    states_.resize(plan.steps.size(), apply::StepState::blocked);
    states_[step] = state;
    if (waits(state)) tick(plan, states_);
  }
  void tick(const plan::Plan&, const std::vector<apply::StepState>& states) override {
    if (surroundings_.tick) surroundings_.tick(states);
  }

 private:
  const ResourceId* until_;
  std::stop_source stop_;
  const Surroundings& surroundings_;
  std::vector<apply::StepState> states_;  ///< as told so far
};

std::string new_uid() {
  KernelRandom random;
  return fmt::format("{:016x}{:016x}", random.bits(), random.bits());
}

Manifest connection(const std::string& kind, const std::string& name, Map spec) {
  Manifest manifest;
  manifest.kind = kind;
  manifest.name = name;
  manifest.spec = std::move(spec);
  return manifest;
}

/// Of whatever it is asked: the one secret that cases have.
struct IpdToken : SecretReader {
  std::string read(const SecretOrigin&) override { return LocalIpd::token; }
};

std::string words_of(const apply::Prepared& prepared, const apply::Report& report) {
  std::string words;
  for (const auto* problems : {&prepared.plan.problems, &prepared.preflight}) {
    for (const Diagnostic& problem : *problems) words += problem.message + " -- " + problem.hint + "\n";
  }
  for (const plan::Unknown& unknown : prepared.plan.unknown) {
    words += unknown.id.to_string() + " is unknown: " + unknown.reason + "\n";
  }
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const apply::StepResult& result = report.results[i];
    if (result.state == apply::StepState::done) continue;
    words +=
        fmt::format("{} {}: {} {}\n", to_string(prepared.plan.steps[i].verb), prepared.plan.steps[i].id.to_string(),
                    to_string(result.state), result.error ? result.error->full_text() : std::string());
  }
  return words;
}

std::string words_of(const plan::Adoption& adoption) {
  std::string words;
  for (const plan::Refusal& refusal : adoption.refused) {
    words += fmt::format("{} is not adopted: {}\n", refusal.id.to_string(), refusal.reason);
  }
  for (const plan::Unknown& unknown : adoption.unknown) {
    words += unknown.id.to_string() + " is unknown: " + unknown.reason + "\n";
  }
  return words;
}

bool is_about_objects(const sandbox::LedgerEntry& entry) { return entry.event != sandbox::Event::called; }

/// A login is no write.
bool is_writing_call(const sandbox::LedgerEntry& entry) {
  return !is_about_objects(entry) && entry.id != "GET" && entry.id != "HEAD" && entry.kind != "keystone" &&
         entry.kind != "guest";
}

}  // namespace

struct Site::Fleet {
  std::string uid;
  fs::path state;
};

/// What a process has around it.
struct Site::Ambient {
  Ambient(std::map<std::string, std::string> variables, Access access, const Surroundings& surroundings)
      : environment(std::move(variables)),
        context{surroundings.clock == nullptr ? hasty : *surroundings.clock,
                random,
                stop.get_token(),
                quiet,
                quiet,
                calls,
                pace,
                redactor,
                environment,
                access} {
    context.milestones = surroundings.milestones;
  }

  HastyClock hasty;
  KernelRandom random;
  Quiet quiet;
  CallCounter calls;
  AnyPace pace;
  Redactor redactor;
  Variables environment;
  std::stop_source stop;
  Context context;
};

std::vector<plan::Step> Run::steps(const ResourceId& id) const {
  std::vector<plan::Step> found;
  for (const plan::Step& step : prepared.plan.steps) {
    if (step.id == id) found.push_back(step);
  }
  return found;
}

Site::Site(Surroundings surroundings)
    : surroundings_(std::move(surroundings)),
      directory_(new_directory(surroundings_.below)),
      cloud_(quick_cloud(surroundings_.clock)),
      registry_(builtin_registry()),
      ours_(std::make_unique<Fleet>(Fleet{new_uid(), directory_ / "ours.db"})),
      theirs_(std::make_unique<Fleet>(Fleet{new_uid(), directory_ / "theirs.db"})) {}

Site::~Site() {
  ipd_.reset();
  fs::remove_all(directory_);
}

/// Those that cases may name. The zone is said, so that leftovers are found there when nothing in it is wanted any
/// more.
std::vector<Manifest> Site::connections() const {
  std::vector<Manifest> all{connection("OpenStackProject", "cloud", Map{}),
                            connection("OvhAccount", "dns", Map{{"zones", List{"example.com"}}})};
  if (ipd_) {
    const Secret token{{SecretOriginKind::env, {"IPD_TOKEN"}}, {}, {}, SecretForm::clear};
    all.push_back(connection("IpdServer", "shop", Map{{"url", ipd_->url()}, {"token", Hole(token)}}));
  }
  return all;
}

void Site::start_what_is_needed(const std::vector<Resource>& wanted) {
  const bool needs_ipd = std::any_of(wanted.begin(), wanted.end(),
                                     [](const Resource& resource) { return resource.id.kind == "ipd.deployment"; });
  if (needs_ipd) ipd();
}

LocalIpd& Site::ipd() {
  if (!ipd_) ipd_ = std::make_unique<LocalIpd>(directory_ / "ipd");
  return *ipd_;
}

Run Site::run(const Fleet& fleet, const std::vector<Resource>& wanted, const Way& way) {
  start_what_is_needed(wanted);
  Ambient ambient(cloud_.environment(), way.writes ? Access::write : Access::read, surroundings_);
  const auto lock = state::RunLock::try_acquire(fleet.uid);
  REQUIRE(std::holds_alternative<state::RunLock>(lock));
  state::Store store({fleet.state, fleet.uid, "contract"});
  IpdToken secrets;
  plan::FleetFacts facts;
  facts.name = "contract";
  facts.uid = fleet.uid;
  const std::vector<Manifest> manifests = connections();
  apply::Engine engine(registry_, {facts, wanted, manifests}, store, secrets, ambient.context, "tester@here");
  apply::PassOptions options;
  options.plan.goal = way.goal;
  options.holds_lock = way.writes;
  Run run;
  if (way.adopts) {
    apply::PreparedAdoption adoption = engine.prepare_adoption({});
    run.words = words_of(adoption.adoption);
    run.prepared = std::move(adoption.prepared);
  } else {
    run.prepared = engine.prepare(options);
  }
  run.code = apply::exit_code(run.prepared);
  const bool refused = run.prepared.plan.guard.refuses() || has_errors(run.prepared.preflight);
  if (way.writes && !refused && run.prepared.plan.has_changes()) {
    Follower events(way.until, ambient.stop, surroundings_);
    run.report = engine.apply(run.prepared, way.adopts ? "adopt" : "apply", events);
    run.code = apply::exit_code(run.prepared, run.report);
  }
  run.words += words_of(run.prepared, run.report);
  return run;
}

Run Site::plan(const std::vector<Resource>& wanted) { return run(*ours_, wanted, {.writes = false}); }

Run Site::apply(const std::vector<Resource>& wanted) { return run(*ours_, wanted, {}); }

Run Site::destroy(const std::vector<Resource>& wanted) { return run(*ours_, wanted, {.goal = plan::Goal::destroy}); }

Run Site::adopt(const std::vector<Resource>& wanted) { return run(*ours_, wanted, {.adopts = true}); }

Run Site::apply_until(const std::vector<Resource>& wanted, const ResourceId& id) {
  return run(*ours_, wanted, {.until = &id});
}

Run Site::other_fleet_applies(const std::vector<Resource>& wanted) { return run(*theirs_, wanted, {}); }

void Site::lose_database() {
  for (const char* part : {"", "-wal", "-shm"}) fs::remove(ours_->state.string() + part);
}

void Site::lose_answer(const CallPattern& call) {
  cloud_.faults().load({{"rules",
                         {{{"service", call.service},
                           {"method", call.method},
                           {"path", call.path},
                           {"skip", call.skip},
                           {"count", 1},
                           {"action", "drop-after"}}}}});
}

Incarnation Site::open_create(const ResourceId& id) {
  state::Store store({ours_->state, ours_->uid, "contract"});
  for (const state::Intent& intent : store.intents().list()) {
    if (intent.resource == id && intent.verb == Verb::create) return intent.incarnation;
  }
  return {};
}

std::uint64_t Site::now() const {
  const auto entries = ledger().entries();
  return entries.empty() ? 0 : entries.back().seq;
}

std::vector<std::string> Site::writes_since(std::uint64_t seq) const {
  std::vector<std::string> lines;
  for (const sandbox::LedgerEntry& entry : ledger().entries({}, seq)) {
    if (is_about_objects(entry) || is_writing_call(entry))
      lines.push_back(fmt::format("{} {} {}", entry.kind, entry.id, entry.name));
  }
  return lines;
}

std::vector<sandbox::LedgerEntry> Site::happened(const std::string& kind, std::uint64_t seq) const {
  std::vector<sandbox::LedgerEntry> entries = ledger().entries(kind, seq);
  std::erase_if(entries, [](const sandbox::LedgerEntry& entry) { return !is_about_objects(entry); });
  return entries;
}

std::map<std::string, std::size_t> Site::ever_made() const {
  std::map<std::string, std::size_t> made;
  for (const sandbox::LedgerEntry& entry : ledger().entries()) {
    if (entry.event == sandbox::Event::created) ++made[entry.kind];
  }
  return made;
}

std::set<std::string> Site::standing() const {
  std::set<std::string> objects;
  for (const sandbox::LedgerEntry& entry : ledger().entries()) {
    const std::string object = entry.kind + " " + entry.id;
    if (entry.event == sandbox::Event::created) objects.insert(object);
    if (entry.event == sandbox::Event::deleted) objects.erase(object);
  }
  return objects;
}

nlohmann::json Site::control(const std::string& method, const std::string& path, const nlohmann::json& body) {
  httplib::Client client(cloud_.url("control"));
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body.is_null() ? std::string() : body.dump();
  request.set_header("Content-Type", "application/json");
  const auto answer = client.send(request);
  // No assertion of the test framework: those are for one thread, and this is called from several.
  if (!answer || answer->status / 100 != 2)
    throw std::runtime_error(fmt::format("{} {}: {}", method, path, answer ? answer->body : "no answer"));
  return answer->body.empty() ? nlohmann::json() : nlohmann::json::parse(answer->body);
}

}  // namespace muster::test
