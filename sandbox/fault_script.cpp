#include "sandbox/fault_script.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <set>
#include <stdexcept>
#include <utility>

namespace muster::sandbox {

struct FaultScript::Rule {
  std::regex service;
  std::regex method;
  std::regex path;
  std::uint64_t skip = 0;
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
  double probability = 1;
  std::chrono::milliseconds spread{0};
  std::chrono::milliseconds young{0};
  std::chrono::milliseconds lasts{0};
  std::chrono::milliseconds every{0};
  Fault fault;
};

struct FaultScript::Rules {
  std::vector<Rule> list;
  std::mt19937_64 random;
  Time loaded{};

  bool happens(double probability) {
    return probability >= 1 || std::uniform_real_distribution<>(0, 1)(random) < probability;
  }
};

namespace {

Fault::Action action_named(const std::string& name) {
  static const std::map<std::string, Fault::Action> actions{{"pass", Fault::Action::pass},
                                                            {"delay", Fault::Action::pass},
                                                            {"status", Fault::Action::status},
                                                            {"drop-before", Fault::Action::drop_before},
                                                            {"drop-after", Fault::Action::drop_after},
                                                            {"truncate", Fault::Action::truncate}};
  const auto found = actions.find(name);
  if (found == actions.end()) {
    throw std::invalid_argument(
        fmt::format("action '{}' is none of delay, drop-after, drop-before, pass, status, truncate", name));
  }
  return found->second;
}

void refuse_unknown_members(const nlohmann::json& rule) {
  static const std::set<std::string> known{"service",  "method",   "path",     "skip",      "count",    "probability",
                                           "action",   "delay_ms", "status",   "headers",   "body",     "process_first",
                                           "reset",    "bytes",    "effect",   "spread_ms", "young_ms", "for_ms",
                                           "every_ms", "missing",  "repeated", "stale_ms"};
  for (const auto& [name, value] : rule.items()) {
    if (known.count(name) == 0) throw std::invalid_argument(fmt::format("unknown member '{}'", name));
  }
}

std::chrono::milliseconds milliseconds_at(const nlohmann::json& rule, const char* member) {
  return std::chrono::milliseconds(rule.value(member, 0));
}

Fault read_fault(const nlohmann::json& rule) {
  Fault fault;
  fault.action = action_named(rule.value("action", "pass"));
  fault.delay = milliseconds_at(rule, "delay_ms");
  fault.status = rule.value("status", fault.status);
  fault.headers = rule.value("headers", fault.headers);
  if (rule.contains("body"))
    fault.body = rule["body"].is_string() ? rule["body"].get<std::string>() : rule["body"].dump();
  fault.process_first = rule.value("process_first", false);
  fault.reset = rule.value("reset", false);
  fault.bytes = rule.value("bytes", std::size_t{0});
  fault.effect = rule.value("effect", "");
  fault.missing = rule.value("missing", 0.0);
  fault.repeated = rule.value("repeated", 0.0);
  fault.stale = milliseconds_at(rule, "stale_ms");
  return fault;
}

bool matches(std::string_view text, const std::regex& whole) {
  return std::regex_match(text.begin(), text.end(), whole);
}

}  // namespace

FaultScript::FaultScript(Clock clock, CreatedAt created_at)
    : clock_(std::move(clock)), created_at_(std::move(created_at)), rules_(std::make_unique<Rules>()) {}
FaultScript::~FaultScript() = default;

void FaultScript::load(const nlohmann::json& script) {
  auto rules = std::make_unique<Rules>();
  rules->loaded = clock_();
  std::size_t number = 0;
  try {
    rules->random.seed(script.value("seed", std::uint64_t{1}));
    for (const auto& json : script.at("rules")) {
      ++number;
      refuse_unknown_members(json);
      Rule rule;
      rule.service = std::regex(json.value("service", ".*"));
      rule.method = std::regex(json.value("method", ".*"));
      rule.path = std::regex(json.value("path", ""));
      rule.skip = json.value("skip", rule.skip);
      rule.count = json.value("count", rule.count);
      rule.probability = json.value("probability", rule.probability);
      rule.spread = milliseconds_at(json, "spread_ms");
      rule.young = milliseconds_at(json, "young_ms");
      rule.lasts = milliseconds_at(json, "for_ms");
      rule.every = milliseconds_at(json, "every_ms");
      rule.fault = read_fault(json);
      rules->list.push_back(std::move(rule));
    }
  } catch (const std::exception& error) {
    throw std::invalid_argument(fmt::format("fault script, rule {}: {}", number, error.what()));
  }
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
}

void FaultScript::clear() {
  const std::lock_guard lock(mutex_);
  rules_ = std::make_unique<Rules>();
}

bool FaultScript::is_time_for(const Rule& rule, Time now) const {
  if (rule.lasts.count() == 0) return true;
  auto passed = now - rules_->loaded;
  if (rule.every.count() > 0) passed %= rule.every;
  return passed < rule.lasts;
}

bool FaultScript::is_young_enough(const Rule& rule, Time now, std::string_view target) const {
  if (rule.young.count() == 0) return true;
  std::string_view rest = target.substr(0, target.find('?'));
  while (!rest.empty()) {
    const auto slash = rest.find('/');
    const auto created = created_at_(rest.substr(0, slash));
    if (created && now - *created < rule.young) return true;
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  return false;
}

std::optional<Fault> FaultScript::next(std::string_view service, std::string_view method, std::string_view target) {
  const Time now = clock_();
  const std::lock_guard lock(mutex_);
  for (Rule& rule : rules_->list) {
    if (rule.count == 0 || !matches(service, rule.service) || !matches(method, rule.method) ||
        !std::regex_search(target.begin(), target.end(), rule.path) || !is_time_for(rule, now) ||
        !is_young_enough(rule, now, target)) {
      continue;
    }
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    if (!rules_->happens(rule.probability)) continue;
    if (rule.count != std::numeric_limits<std::uint64_t>::max()) --rule.count;
    ++met_;
    Fault fault = rule.fault;
    const auto most = static_cast<std::uint64_t>(rule.spread.count());
    if (most > 0) fault.delay += std::chrono::milliseconds(rules_->random() % (most + 1));
    return fault;
  }
  return std::nullopt;
}

std::uint64_t FaultScript::met() const {
  const std::lock_guard lock(mutex_);
  return met_;
}

}  // namespace muster::sandbox
