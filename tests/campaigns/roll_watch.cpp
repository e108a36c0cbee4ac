#include "tests/campaigns/roll_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "tests/campaigns/planner_kinds.h"

namespace muster::campaign {
namespace {

using plan::Half;
using plan::Step;

const Driver& driver_of(const ResourceId& id) { return *planner_registry().driver(id.kind); }

/// A new one of an earlier run that never worked: it is in nobody's way.
bool is_stillborn(const Step& step) {
  return step.verb == Verb::remove && step.object && step.object->condition == Condition::failed &&
         !step.object->ever_ready;
}

}  // namespace

bool is_removal(const plan::Step& step) { return step.verb == Verb::remove || step.half == plan::Half::remove_old; }

RollWatch::RollWatch(const World& world, const plan::Plan& plan) : plan_(plan), resources_(world.resources) {
  for (const Observed& object : world.objects) {
    if (is_ours(world, object)) seen_.insert(object.id);
  }
  for (std::size_t roll = 0; roll < plan.rolls.size(); ++roll) {
    for (std::size_t batch = 0; batch < plan.rolls[roll].batches.size(); ++batch) {
      for (const ResourceId& id : plan.rolls[roll].batches[batch]) members_[id] = {roll, batch};
    }
    for (const Resource& resource : resources_) {
      const bool is_of_it = resource.group == plan.rolls[roll].group && resource.id.kind == plan.rolls[roll].kind &&
                            resource.lifecycle.replace == ReplacePolicy::roll;
      if (is_of_it && plan.blocked.contains(resource.id)) ++broken_[roll];
    }
  }
  add_steps();
}

void RollWatch::add_steps() {
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const Step& step = plan_.steps[i];
    if (step.verb == Verb::flush) continue;
    if (const auto member = members_.find(step.id); member != members_.end() && !is_stillborn(step))
      add_own(i, member->second);
    for (const Resource& resource : resources_) {
      if (resource.id != step.id || is_removal(step)) continue;
      for (const ResourceId& id : needs_of(resource)) {
        if (const auto member = members_.find(id); member != members_.end()) member->second.following.insert(i);
      }
    }
  }
}

void RollWatch::add_own(std::size_t index, Member& member) {
  const Step& step = plan_.steps[index];
  member.own.insert(index);
  member.is_double |= is_removal(step);
  member.is_missing |= step.verb == Verb::create;
  if (step.verb != Verb::replace || step.half != Half::create_new) return;
  member.is_begun = false;
  for (const std::size_t need : step.needs) {
    const Step& first = plan_.steps[need];
    if (first.id != step.id || first.half != Half::remove_old) continue;
    gaps_.insert(need);
    member.is_missing |= first.object && first.object->condition == Condition::failed;
  }
}

RollWatch::Limits RollWatch::limits_of(const plan::RollPlan& roll) const {
  const bool coexists = planner_registry().driver(roll.kind)->traits().coexists;
  return {roll.limits.max_unavailable + (coexists ? 0 : roll.limits.surge), coexists ? roll.limits.surge : 0};
}

bool RollWatch::is_through(const Member& member, const std::vector<bool>& done) const {
  for (const auto* steps : {&member.own, &member.following}) {
    if (std::any_of(steps->begin(), steps->end(), [&](std::size_t step) { return !done[step]; })) return false;
  }
  return true;
}

bool RollWatch::is_under_way(const Member& member, const std::vector<bool>& done) const {
  const bool has_begun =
      member.is_begun || member.is_missing ||
      std::any_of(member.own.begin(), member.own.end(), [&](std::size_t step) { return done[step]; });
  return has_begun && !is_through(member, done);
}

bool RollWatch::has_gap(const Member& member) const {
  if (member.is_begun || member.is_missing) return member.is_missing || !member.is_double;
  return std::any_of(member.own.begin(), member.own.end(), [&](std::size_t step) { return gaps_.contains(step); });
}

std::string RollWatch::why_not(std::size_t next, const std::vector<bool>& done, const World& world) const {
  const Step& step = plan_.steps[next];
  const auto found = members_.find(step.id);
  if (found == members_.end() || !found->second.own.contains(next)) return {};
  const Member& member = found->second;
  if (std::string wrong = out_of_turn(member, done); !wrong.empty()) return wrong;
  const bool begins = std::none_of(member.own.begin(), member.own.end(), [&](std::size_t own) { return done[own]; });
  if (begins && !member.is_begun && !member.is_missing) {
    if (std::string wrong = too_many(member, done); !wrong.empty()) return wrong;
  }
  return is_old(next) ? cuts_off(next, world) : std::string();
}

/// Of two that may stand beside each other: what the readers shall have left.
bool RollWatch::is_old(std::size_t index) const {
  const Step& step = plan_.steps[index];
  return is_removal(step) && step.start == plan::Start::call && step.stage == 0 && !gaps_.contains(index) &&
         driver_of(step.id).traits().coexists;
}

std::string RollWatch::out_of_turn(const Member& member, const std::vector<bool>& done) const {
  for (const auto& [id, other] : members_) {
    if (other.roll == member.roll && other.batch < member.batch && !is_through(other, done))
      return fmt::format("{} of an earlier batch is not through", id.to_string());
  }
  return {};
}

/// Whether one more than may be would be missing, or stand beside its old one.
std::string RollWatch::too_many(const Member& member, const std::vector<bool>& done) const {
  const Limits limits = limits_of(plan_.rolls[member.roll]);
  const auto broken = broken_.find(member.roll);
  const int spare = limits.gaps - (broken == broken_.end() ? 0 : broken->second);
  const int most = has_gap(member) ? std::max(spare, limits.surges == 0 ? 1 : 0) : limits.surges;
  int others = 0;
  for (const auto& [id, other] : members_) {
    if (other.roll == member.roll && &other != &member && has_gap(other) == has_gap(member) &&
        is_under_way(other, done))
      ++others;
  }
  if (others < most) return {};
  return fmt::format("{} others are {} already, at most {} may be", others,
                     has_gap(member) ? "missing" : "beside their old ones", most);
}

/// A name leads to the new one, and did for as long as anybody keeps the answer, before the old one goes. A name whose
/// time is over is promised to nobody.
std::string RollWatch::cuts_off(std::size_t index, const World& world) const {
  const Step& removal = plan_.steps[index];
  for (const Resource& reader : resources_) {
    if (reader.id.kind != "test.record" || !needs_of(reader).contains(removal.id)) continue;
    if (reader.lifecycle.until && *reader.lifecycle.until <= world.now) continue;
    for (const Observed& object : world.objects) {
      if (object.id != reader.id || !is_ours(world, object) || !seen_.contains(reader.id)) continue;
      const std::chrono::seconds time = driver_of(reader.id).lingers(reader.wanted);
      const bool waits = std::any_of(removal.drains.begin(), removal.drains.end(), [&](const plan::Drain& drain) {
        return plan_.steps[drain.step].id == reader.id && drain.time >= time;
      });
      if (!waits && removal.not_before < world.now - std::chrono::seconds(30) + time)
        return fmt::format("nobody waits until {} is not read as it was any more", reader.id.to_string());
      const Value& targets = object.attributes.at("targets");
      const Value& address = removal.object->attributes.at("address");
      if (targets.is_list() && !address.is_null() &&
          std::find(targets.as_list().begin(), targets.as_list().end(), address) != targets.as_list().end())
        return fmt::format("{} still leads to it", reader.id.to_string());
    }
  }
  return {};
}

}  // namespace muster::campaign
