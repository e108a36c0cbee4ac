#include "sandbox/fault_script.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <set>
#include <stdexcept>

namespace muster::sandbox {

struct FaultScript::Rule {
  std::regex service;
  std::regex method;
  std::regex path;
  std::uint64_t skip = 0;
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
  double probability = 1;
  Fault fault;
};

struct FaultScript::Rules {
  std::vector<Rule> list;
  std::mt19937_64 random;
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
  static const std::set<std::string> known{"service",     "method",        "path",     "skip",   "count",
                                           "probability", "action",        "delay_ms", "status", "headers",
                                           "body",        "process_first", "reset",    "bytes",  "effect"};
  for (const auto& [name, value] : rule.items()) {
    if (known.count(name) == 0) throw std::invalid_argument(fmt::format("unknown member '{}'", name));
  }
}

Fault read_fault(const nlohmann::json& rule) {
  Fault fault;
  fault.action = action_named(rule.value("action", "pass"));
  fault.delay = std::chrono::milliseconds(rule.value("delay_ms", 0));
  fault.status = rule.value("status", fault.status);
  fault.headers = rule.value("headers", fault.headers);
  if (rule.contains("body"))
    fault.body = rule["body"].is_string() ? rule["body"].get<std::string>() : rule["body"].dump();
  fault.process_first = rule.value("process_first", false);
  fault.reset = rule.value("reset", false);
  fault.bytes = rule.value("bytes", std::size_t{0});
  fault.effect = rule.value("effect", "");
  return fault;
}

bool matches(std::string_view text, const std::regex& whole) {
  return std::regex_match(text.begin(), text.end(), whole);
}

}  // namespace

FaultScript::FaultScript() : rules_(std::make_unique<Rules>()) {}
FaultScript::~FaultScript() = default;

void FaultScript::load(const nlohmann::json& script) {
  auto rules = std::make_unique<Rules>();
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

std::optional<Fault> FaultScript::next(std::string_view service, std::string_view method, std::string_view target) {
  const std::lock_guard lock(mutex_);
  for (Rule& rule : rules_->list) {
    if (rule.count == 0 || !matches(service, rule.service) || !matches(method, rule.method) ||
        !std::regex_search(target.begin(), target.end(), rule.path)) {
      continue;
    }
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    if (rule.probability < 1 && std::uniform_real_distribution<>(0, 1)(rules_->random) >= rule.probability) continue;
    if (rule.count != std::numeric_limits<std::uint64_t>::max()) --rule.count;
    return rule.fault;
  }
  return std::nullopt;
}

}  // namespace muster::sandbox
