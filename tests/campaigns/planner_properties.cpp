#include "tests/campaigns/planner_properties.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tests/campaigns/dice.h"
#include "tests/campaigns/obvious_planner.h"
#include "tests/campaigns/planner_kinds.h"
#include "tests/campaigns/world_generator.h"
#include "tests/campaigns/world_model.h"

namespace muster::campaign {
namespace {

using plan::Plan;

std::string difference(const Words& expected, const Words& actual) {
  std::string text;
  std::set<ResourceId> ids;
  for (const auto& [id, words] : expected) ids.insert(id);
  for (const auto& [id, words] : actual) ids.insert(id);
  const auto said = [](const Words& words, const ResourceId& id) {
    const auto found = words.find(id);
    return found == words.end() ? std::string("nothing") : fmt::format("{}", fmt::join(found->second, ", "));
  };
  for (const ResourceId& id : ids) {
    if (said(expected, id) == said(actual, id)) continue;
    text += fmt::format("{}: {} expected, planned is {}\n", id.to_string(), said(expected, id), said(actual, id));
  }
  return text;
}

std::string agrees(const World& world) {
  const Given given(world);
  return difference(obvious_words(given.inputs()), words_of(given.plan()));
}

std::string describe(const plan::GuardVerdict& verdict) {
  std::string text = fmt::format("{} dangerous{}{}", verdict.dangerous, verdict.no_manifests ? ", no manifests" : "",
                                 verdict.allowed ? ", allowed" : "");
  for (const plan::GuardTrip& trip : verdict.trips)
    text += fmt::format(", {} of {} {} above {}", trip.changes, trip.existing, trip.kind, trip.limit);
  return text;
}

std::string guards(const World& world) {
  World other = world;
  for (const bool allows : {false, true}) {
    const Given given(other);
    const plan::GuardVerdict actual = given.plan().guard;
    const plan::GuardVerdict expected = obvious_guard(given.inputs(), obvious_words(given.inputs()));
    if (actual != expected)
      return fmt::format("guard: {} expected, planned is {}\n", describe(expected), describe(actual));
    if (allows && actual.refuses()) return "the guard refuses what was allowed by its exact number\n";
    other.options.allow = actual.dangerous;
  }
  return {};
}

/// Plans without what is about files: those may be renamed.
Plan without_places(Plan plan) {
  for (plan::Step& step : plan.steps) step.origin = {};
  for (plan::Held& held : plan.held) held.origin = {};
  for (Diagnostic& problem : plan.problems) problem.where = {};
  for (auto& [id, problem] : plan.blocked) problem.where = {};
  sort_diagnostics(plan.problems);
  return plan;
}

std::string is_pure(const World& world) {
  const Given given(world);
  if (given.plan() == given.plan() && plan_of(world) == given.plan()) return {};
  return "the same inputs lead to two plans\n";
}

std::string ignores_order_and_files(const World& world) {
  World other = world;
  std::reverse(other.resources.begin(), other.resources.end());
  std::reverse(other.objects.begin(), other.objects.end());
  if (plan_of(world) != plan_of(other)) return "the opposite order leads to another plan\n";
  Dice dice(world.seed);
  dice.shuffle(other.resources);
  dice.shuffle(other.objects);
  dice.shuffle(other.open_creates);
  dice.shuffle(other.debts);
  if (plan_of(world) != plan_of(other)) return "another order leads to another plan\n";
  for (Resource& resource : other.resources) resource.origin.file = fmt::format("{}.yaml", dice.below(9));
  if (without_places(plan_of(world)) == without_places(plan_of(other))) return {};
  return "renamed files lead to another plan\n";
}

/// Where nothing is rolled: there it is also the proof of a publication.
std::string ignores_memory_of_causes(const World& world) {
  World one = world;
  for (Resource& resource : one.resources) {
    if (resource.lifecycle.replace == ReplacePolicy::roll) resource.lifecycle.replace = ReplacePolicy::now;
  }
  World other = one;
  other.applied.clear();
  if (words_of(plan_of(one)) == words_of(plan_of(other))) return {};
  return "without the digests of what was applied there is another plan\n";
}

std::string ignores_memos(const World& world) {
  Given given(world);
  Plan without = given.plan();
  for (const plan::Memo& memo : without.new_memos) given.memory().memos.emplace(memo.id, memo.inputs);
  const Plan with = given.plan();
  if (!with.new_memos.empty()) return "a memo that fits is written again\n";
  without.new_memos.clear();
  return with == without ? "" : "with memos there is another plan\n";
}

/// Something that nothing is linked to is planned besides, and that is all.
std::string ignores_additions(const World& world) {
  const Resource added = lone_resource("test.site", "added");
  // No manifest at all is another case; and what was not read keeps others of its kind, as it must.
  if (world.resources.empty() || world.unread.contains({added.connection.candidates.front(), added.id.kind})) return {};
  World other = world;
  other.resources.push_back(added);
  Words words = words_of(plan_of(other));
  words.erase(added.id);
  return difference(words_of(plan_of(world)), words);
}

/// Nothing but what stands in manifests keeps the plan from being done at once: no wait, no twin, no protection to
/// lift.
bool is_settled(const World& world) {
  if (!world.open_creates.empty()) return false;
  std::map<ResourceId, std::string> seen;
  for (const Observed& object : world.objects) {
    if (!is_ours(world, object)) continue;
    if (object.condition != Condition::ready || !seen.emplace(object.id, object.backend_id).second) return false;
    for (const Resource& resource : world.resources) {
      const bool is_said = resource.lifecycle.protect != Protection::unsaid;
      if (resource.id != object.id || !object.stamp || !is_said) continue;
      if (object.stamp->protect != (resource.lifecycle.protect == Protection::on)) return false;
    }
  }
  return true;
}

std::string list_of(const Plan& plan) {
  std::string text;
  for (const auto& [id, words] : words_of(plan))
    text += fmt::format("{}: {}\n", id.to_string(), fmt::join(words, ", "));
  return text;
}

/// Allows what the guard refuses, so that it can be carried out.
Plan allowed_plan(World& world) {
  Plan plan = plan_of(world);
  if (!plan.guard.refuses()) return plan;
  world.options.allow = plan.guard.dangerous;
  Plan again = plan_of(world);
  world.options.allow = -1;
  return again;
}

std::string converges(const World& world) {
  World later = world;
  const int most = is_settled(world) ? 1 : 4;
  for (int round = 0; round <= most; ++round) {
    const Plan plan = allowed_plan(later);
    if (plan.steps.empty()) return {};
    if (round == most) return fmt::format("after {} runs there still is\n{}", most, list_of(plan));
    if (std::string wrong = carry_out(later, plan, world.seed + static_cast<std::uint64_t>(round)); !wrong.empty())
      return wrong;
  }
  return {};
}

}  // namespace

const std::vector<Property>& planner_properties() {
  static const std::vector<Property> all{
      {"a plan is pure", is_pure},
      {"the order of resources and reads, and the names of files, do not show", ignores_order_and_files},
      {"memos change nothing", ignores_memos},
      {"what was applied tells causes and nothing else", ignores_memory_of_causes},
      {"an unrelated addition changes nothing else", ignores_additions},
      {"an obvious planner agrees", agrees},
      {"the guard counts what an obvious guard counts", guards},
      {"each step may be done in its turn, rolls keep to their limits, and in the end nothing is left to do",
       converges},
  };
  return all;
}

}  // namespace muster::campaign
