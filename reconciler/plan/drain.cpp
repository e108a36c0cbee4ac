#include "reconciler/plan/drain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "reconciler/plan/digests.h"
#include "reconciler/plan/refs.h"

namespace muster::plan {
namespace {

using Index = std::size_t;

class Drainage {
 public:
  explicit Drainage(const Decided& decided) : decided_(decided) {}

  NotRolled add() {
    NotRolled not_rolled;
    std::map<Index, std::vector<Index>> retirements;
    for (const Retirement& retired : decided_.retired) {
      if (decided_.rolls(retired.resource)) retirements[retired.resource].push_back(retired.step);
    }
    for (const auto& [resource, steps] : retirements) {
      const auto behind = who_stays_behind(resource);
      for (const Index reader : decided_.dependents[resource]) {
        if (decided_.driver_of(reader).traits().pure_check) continue;
        if (decided_.outcomes[reader].last_step) follow_after_checks(resource, reader);
        for (const Index step : steps) {
          if (!behind && decided_.steps[step].start == Start::call) drain(step, reader);
        }
      }
      if (!behind) continue;
      if (decided_.outcomes[resource].verdict == Verdict::replace)
        not_rolled.emplace(resource, why_kept(*behind));
      else
        keep(resource, why_kept(*behind));
    }
    order_made_sure();
    return not_rolled;
  }

 private:
  /// Something that refers to the resource, and of which nothing makes that it refers to the new one; or that needs it,
  /// and of which nobody knows what it says. Of several the one with the smallest id.
  std::optional<Index> who_stays_behind(Index resource) const {
    const std::span<const Resource> resources = decided_.inputs.resources;
    std::optional<Index> behind;
    for (const Index reader : decided_.dependents[resource]) {
      const Outcome& outcome = decided_.outcomes[reader];
      // One that is waited for, or whose create goes on, says what it said before: it may say more, not less.
      const bool waits = outcome.last_step && (decided_.steps[*outcome.last_step].start == Start::wait ||
                                               decided_.steps[*outcome.last_step].start == Start::resume);
      if ((outcome.last_step && !waits) || decided_.driver_of(reader).traits().pure_check) continue;
      const bool stands = outcome.keeper != nullptr;
      const bool cannot_be_told = outcome.verdict == Verdict::unknown ||
                                  (stands && (outcome.verdict == Verdict::blocked || cannot_be_made_sure_of(reader)));
      const bool is_stuck = stands && (waits || outcome.holds);
      const std::vector<Ref> refs = refs_in(resources[reader].wanted);
      const bool refers =
          std::any_of(refs.begin(), refs.end(), [&](const Ref& ref) { return ref.id == resources[resource].id; });
      if (!cannot_be_told && !(refers && is_stuck)) continue;
      if (!behind || resources[reader].id < resources[*behind].id) behind = reader;
    }
    return behind;
  }

  /// A step for it would have to wait for what this plan does not make, such as what begins tomorrow.
  bool cannot_be_made_sure_of(Index reader) const {
    const Outcome& outcome = decided_.outcomes[reader];
    if (outcome.last_step || followed_at(reader)) return false;
    const std::vector<Index>& needs = decided_.graph.needs[reader];
    return std::any_of(needs.begin(), needs.end(), [&](Index need) {
      return decided_.outcomes[need].keeper == nullptr && !decided_.outcomes[need].last_step;
    });
  }

  std::string why_kept(Index reader) const {
    return fmt::format("{} may still lead to the old one, and does not follow in this plan",
                       decided_.inputs.resources[reader].id.to_string());
  }

  /// The old ones stay for now, but for those that are on their way out already.
  void keep(Index resource, const std::string& why) {
    const Resource& kept = decided_.inputs.resources[resource];
    std::erase_if(decided_.retired, [&](const Retirement& retired) {
      const Step& step = decided_.steps[retired.step];
      if (retired.resource != resource || step.start == Start::wait) return false;
      decided_.steps.drop(retired.step);
      decided_.plan.held.push_back({kept.id, kept.group, why, {}, kept.origin});
      return true;
    });
  }

  /// A reader moves to what works, as far as that can be told without any reader.
  void follow_after_checks(Index resource, Index reader) {
    Step& move = decided_.steps[*decided_.outcomes[reader].last_step];
    for (const Index check : decided_.dependents[resource]) {
      const auto step = decided_.outcomes[check].last_step;
      const bool is_check = decided_.driver_of(check).traits().pure_check;
      if (is_check && step && !goes_by_reader(check, resource)) move.needs.push_back(*step);
    }
  }

  bool goes_by_reader(Index check, Index resource) const {
    std::set<Index> readers;
    for (const Index reader : decided_.dependents[resource]) {
      if (!decided_.driver_of(reader).traits().pure_check) readers.insert(reader);
    }
    std::vector<Index> open{check};
    std::set<Index> seen;
    while (!open.empty()) {
      const Index next = open.back();
      open.pop_back();
      if (readers.contains(next)) return true;
      if (!seen.insert(next).second) continue;
      for (const auto* edges : {&decided_.graph.needs[next], &decided_.graph.follows[next]})
        open.insert(open.end(), edges->begin(), edges->end());
    }
    return false;
  }

  void drain(Index retirement, Index reader) {
    Outcome& outcome = decided_.outcomes[reader];
    if (outcome.keeper == nullptr) return;  // it is made now: nobody has read it
    const Driver& driver = decided_.driver_of(reader);
    const auto time =
        std::max(driver.lingers(outcome.keeper->attributes), driver.lingers(decided_.inputs.resources[reader].wanted));
    if (time.count() == 0) return;
    if (!outcome.last_step) {
      if (const auto since = followed_at(reader)) {
        Step& step = decided_.steps[retirement];
        step.not_before = std::max<Time>(step.not_before, *since + time);
        return;
      }
      outcome.last_step = make_sure(reader);
    }
    decided_.steps[retirement].drains.push_back({*outcome.last_step, time});
  }

  /// When the reader began to say what it says now, as far as the database knows.
  std::optional<Time> followed_at(Index reader) const {
    const Resource& resource = decided_.inputs.resources[reader];
    const Memory& memory = decided_.inputs.memory;
    const auto applied = memory.applied ? memory.applied(resource.id) : std::nullopt;
    const auto at = memory.applied_at ? memory.applied_at(resource.id) : std::nullopt;
    const Value filled = fill_refs(resource.wanted, [&](const Ref& ref) -> std::optional<Value> {
      const auto target = decided_.graph.index.find(ref.id);
      const Observed* keeper = target ? decided_.outcomes[*target].keeper : nullptr;
      return keeper == nullptr ? std::nullopt : attribute_of(*keeper, ref.attribute);
    });
    const bool is_proof = applied && at && *applied == applied_digests(decided_.driver_of(reader).schema(), filled);
    // A clock that was set back must not make it longer than it can be.
    return is_proof ? std::optional(std::min(*at, decided_.inputs.now)) : std::nullopt;
  }

  /// An update that finds nothing to change still publishes.
  Index make_sure(Index reader) {
    const Resource& resource = decided_.inputs.resources[reader];
    const Observed& keeper = *decided_.outcomes[reader].keeper;
    Step step = step_for(resource, keeper.connection, Verb::update);
    step.object = keeper;
    step.reason = "as wanted, but not known to be published since when";
    step.flush = decided_.flush_for(resource.id, keeper.connection);
    made_sure_.push_back(reader);
    return decided_.steps.add(std::move(step));
  }

  /// Once all of them have their steps, so that it does not matter which came first.
  void order_made_sure() {
    for (const Index reader : made_sure_) {
      Step& step = decided_.steps[*decided_.outcomes[reader].last_step];
      for (const Index need : decided_.graph.needs[reader]) {
        if (const auto needed = decided_.outcomes[need].last_step) step.needs.push_back(*needed);
      }
    }
  }

  const Decided& decided_;
  std::vector<Index> made_sure_;  ///< readers that make_sure() made steps for
};

}  // namespace

NotRolled drain_readers(const Decided& decided) { return Drainage(decided).add(); }

namespace {

std::optional<std::string> why_unread(const Inputs& inputs, const Resource& reader) {
  if (inputs.registry.driver(reader.id.kind)->traits().pure_check) return std::nullopt;
  for (const std::string& connection : reader.connection.candidates) {
    const auto scope = inputs.snapshot.scopes.find({connection, reader.id.kind});
    if (scope == inputs.snapshot.scopes.end()) return "it was not read";
    if (!scope->second.complete) return scope->second.why_unknown;
  }
  const auto [first, last] = inputs.snapshot.objects.equal_range(reader.id);
  const auto unread =
      std::find_if(first, last, [](const auto& entry) { return entry.second.condition == Condition::unknown; });
  return unread == last ? std::nullopt : std::optional(unread->second.evidence);
}

}  // namespace

std::string why_nothing_follows(const Inputs& inputs, const std::vector<std::size_t>& dependents) {
  const Resource* first = nullptr;  // by its id: the order of manifests must not show
  std::string words;
  for (const std::size_t dependent : dependents) {
    const Resource& reader = inputs.resources[dependent];
    if (first != nullptr && first->id < reader.id) continue;
    const auto why = why_unread(inputs, reader);
    if (!why) continue;
    first = &reader;
    words = *why;
  }
  if (first == nullptr) return {};
  return fmt::format("{} could not be read, so it could not follow: {}", first->id.to_string(), words);
}

}  // namespace muster::plan
