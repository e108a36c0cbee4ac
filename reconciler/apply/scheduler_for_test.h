#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "reconciler/apply/scheduler.h"
#include "tests/support/catch.h"

namespace muster::apply {

/// A plan written step by step, and the scheduler's answers as text. Time moves only when the test says so.
class Drive {
 public:
  std::size_t step(Verb verb, const std::string& name, std::vector<std::size_t> needs = {}) {
    plan::Step step;
    step.verb = verb;
    step.id = {"test.thing", name};
    step.connection = "here";
    step.needs = std::move(needs);
    if (verb == Verb::remove || verb == Verb::update || verb == Verb::adopt)
      step.object = thing(name, Condition::ready);
    plan.steps.push_back(std::move(step));
    return plan.steps.size() - 1;
  }

  void begin() {
    options.traits.resize(plan.steps.size(), traits);
    options.limits.resize(plan.steps.size(), std::chrono::seconds(600));
    options.fresh_limits.resize(plan.steps.size(), std::chrono::seconds(600));
    options.on_failed.resize(plan.steps.size(), OnFailed::recreate);
    scheduler = std::make_unique<Scheduler>(plan, options, now);
    tell(Tick{});
  }

  void tell(const Event& event) {
    for (const Action& action : scheduler->handle(event, now)) {
      if (const auto* run = std::get_if<RunVerb>(&action))
        calls.push_back(fmt::format("{} {}", word(run->call), run->step));
      if (const auto* poll = std::get_if<Poll>(&action))
        calls.push_back(fmt::format("poll {}", fmt::join(poll->steps, " ")));
    }
  }

  static Observed thing(const std::string& name, Condition condition, const std::string& evidence = {}) {
    Observed object;
    object.id = {"test.thing", name};
    object.backend_id = "id-" + name;
    object.condition = condition;
    object.evidence = evidence;
    return object;
  }

  void returned(std::size_t step, Condition condition, const std::string& evidence = {}) {
    tell(VerbEnded{step, thing(plan.steps[step].id.name, condition, evidence), std::nullopt});
  }
  void gone(std::size_t step) { tell(VerbEnded{step, std::nullopt, std::nullopt}); }
  void threw(std::size_t step, Fault fault) { tell(VerbEnded{step, std::nullopt, Error(fault, "the server's words")}); }
  void polled(std::size_t step, std::optional<Condition> condition, const std::string& evidence = {}) {
    PollEnded ended;
    ended.scope = {"here", plan.steps[step].id.kind};
    ended.steps = {step};
    ended.objects.resize(1);
    if (condition) ended.objects[0] = thing(plan.steps[step].id.name, *condition, evidence);
    tell(ended);
  }

  /// Lets time pass to the next moment the scheduler asked for.
  void to_next_wake() {
    REQUIRE(scheduler->wake_at().has_value());
    now = std::max(now, *scheduler->wake_at());
    tell(Tick{});
  }

  std::string take() { return fmt::format("{}", fmt::join(std::exchange(calls, {}), ", ")); }
  StepState state(std::size_t step) const { return scheduler->results()[step].state; }

  static std::string_view word(Call call) {
    static constexpr std::string_view words[] = {"create", "resume", "adopt", "update", "put_back", "remove", "flush"};
    return words[static_cast<std::size_t>(call)];
  }

  plan::Plan plan;
  SchedulerOptions options;
  Traits traits;
  Time now{std::chrono::seconds(1000)};
  std::unique_ptr<Scheduler> scheduler;
  std::vector<std::string> calls;
};

}  // namespace muster::apply
