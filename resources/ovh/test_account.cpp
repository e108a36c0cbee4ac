#include "resources/ovh/test_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "resources/ovh/names.h"
#include "resources/ovh/zone_api.h"

namespace muster::ovh {
namespace {

constexpr std::chrono::system_clock::time_point epoch{std::chrono::seconds(1'790'000'000)};

}  // namespace

Time SharedClock::now() const { return std::chrono::time_point_cast<std::chrono::milliseconds>(server_now() - behind); }

std::chrono::system_clock::time_point SharedClock::server_now() const {
  const std::lock_guard lock(mutex_);
  return epoch + elapsed_;
}

std::chrono::steady_clock::time_point SharedClock::steady_now() const {
  const std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::time_point(elapsed_);
}

bool SharedClock::sleep(std::chrono::milliseconds duration, std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  elapsed_ += duration;
  return !stop.stop_requested();
}

std::chrono::milliseconds SharedClock::slept() const {
  const std::lock_guard lock(mutex_);
  return elapsed_;
}

void RecordingLogger::log(LogLevel, std::string_view text) {
  const std::lock_guard lock(mutex_);
  lines_.emplace_back(text);
}

bool RecordingLogger::has(std::string_view part) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(lines_.begin(), lines_.end(),
                     [part](const std::string& line) { return line.find(part) != std::string::npos; });
}

void RecordedProgress::progress(const ResourceId& id, std::string_view text) {
  const std::lock_guard lock(mutex_);
  said_.push_back(fmt::format("{}: {}", id.name, text));
}

std::vector<std::string> RecordedProgress::said() const {
  const std::lock_guard lock(mutex_);
  return said_;
}

std::chrono::milliseconds CountingBudget::book(std::string_view key, int, int) {
  const std::lock_guard lock(mutex_);
  ++booked[std::string(key)];
  return wait;
}

std::optional<std::string> MapEnvironment::get(std::string_view name) const {
  const auto found = variables.find(name);
  if (found == variables.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

TestAccount::TestAccount(sandbox::OvhOptions options)
    : context{clock, random, stop.get_token(), logger, progress, counter, budget, redactor, environment, Access::write},
      world([this] { return clock.server_now(); }, 1, std::chrono::milliseconds(0)),
      api(world, std::move(options)),
      service(world, {.name = "ovh"}) {
  api.mount(service);
  service.start();
}

std::unique_ptr<OvhSession> TestAccount::open(Login login, std::vector<std::string> zones) {
  Credentials credentials{find_endpoint(service.url() + "/1.0"), std::move(login), "the test"};
  return std::make_unique<OvhSession>(std::move(credentials), Budget{}, std::move(zones));
}

std::unique_ptr<OvhSession> TestAccount::open() {
  const sandbox::OvhOptions& options = api.options();
  return open(ApplicationKey{options.application_key, options.application_secret, options.consumer_keys.front().id});
}

sandbox::OvhOptions TestAccount::with_rules(std::vector<sandbox::OvhAccessRule> rules, sandbox::OvhOptions options) {
  // A second key keeps all rights, for the test's own look at the zone.
  sandbox::OvhGrant all = options.consumer_keys.front();
  all.id = "key-of-the-test-itself";
  options.consumer_keys.front().rules = std::move(rules);
  options.consumer_keys.push_back(std::move(all));
  return options;
}

std::int64_t TestAccount::add_foreign(const std::string& name, const std::string& type, const std::string& target,
                                      std::int64_t ttl) {
  const std::int64_t id = api.zones().add_foreign(zone, {0, type, name, target, ttl}, true);
  // Only one publication may run at a time; with the usual duration this one is over now.
  clock.sleep(std::chrono::milliseconds(250), {});
  return id;
}

std::vector<std::string> TestAccount::stored(const std::string& name, const std::string& type) {
  const sandbox::OvhOptions& options = api.options();
  const auto session =
      open(ApplicationKey{options.application_key, options.application_secret, options.consumer_keys.back().id});
  CallCounter uncounted;
  Context apart{clock,     random, stop.get_token(), logger,      progress,
                uncounted, budget, redactor,         environment, Access::read};
  std::vector<std::string> targets;
  for (const ZoneRecord& record : ZoneApi(*session, zone, apart).read_name(name))
    if (record.type == type) targets.push_back(record.target);
  std::sort(targets.begin(), targets.end());
  return targets;
}

std::optional<std::vector<std::string>> TestAccount::served(const std::string& name) {
  return api.zones().addresses(name + "." + zone);
}

std::uint64_t TestAccount::calls(const std::string& operation) const {
  const auto totals = counter.totals();
  const auto found = totals.find(operation);
  return found == totals.end() ? 0 : found->second;
}

void TestAccount::fail_next(const std::string& method, const std::string& path, const std::string& rule) {
  nlohmann::json fault = nlohmann::json::parse(rule);
  fault["method"] = method;
  fault["path"] = path;
  if (!fault.contains("count")) fault["count"] = 1;
  world.faults.load({{"seed", 1}, {"rules", {fault}}});
}

Resource wanted_scope(const std::string& scope, const std::string& zone) {
  Resource resource;
  resource.id = scope_id(zone, scope);
  resource.wanted = Map{{"zone", zone}, {"scope", scope}};
  resource.origin = {"event.yaml", 3, 1, "Workshop/" + scope};
  return resource;
}

Resource wanted_rrset(const std::string& name, const std::string& type, std::vector<std::string> targets,
                      std::int64_t ttl, const std::string& scope, const std::string& zone) {
  std::sort(targets.begin(), targets.end());
  Resource resource;
  resource.id = rrset_id(zone, {name, type});
  resource.wanted = Map{
      {"zone", zone}, {"name", name}, {"type", type}, {"targets", List(targets.begin(), targets.end())}, {"ttl", ttl}};
  resource.needs = {scope_id(zone, scope)};
  resource.origin = {"event.yaml", 7, 3, "Workshop/" + scope};
  return resource;
}

Stamp test_stamp(const ResourceId& id, const std::string& fleet) {
  Stamp stamp;
  stamp.fleet = fleet;
  stamp.id = id;
  stamp.revision = {1700000000, "3f2a91c"};
  return stamp;
}

}  // namespace muster::ovh
