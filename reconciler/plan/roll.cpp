#include "reconciler/plan/roll.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "reconciler/plan/refs.h"

namespace muster::plan {
namespace {

using Index = std::size_t;

enum class Way {
  surge,  ///< the new one is made before the old one goes
  gap,    ///< the old one goes first
};

struct Member {
  Index resource = 0;
  bool is_begun = false;         ///< an earlier run began it, or it is not there: nothing holds it back
  bool is_ready = true;          ///< passes its checks
  std::vector<Index> leaving{};  ///< the removals of its old objects
};

struct Lane {
  Way way = Way::surge;
  std::vector<Index> tail{};  ///< the steps after which its last member is through
  int members = 0;            ///< of this batch
};

/// Whether the last look at `check` was at `object`, and passed.
bool has_passed(const Snapshot& snapshot, const Resource& check, const Observed& object) {
  const Value filled = fill_refs(check.wanted, [&](const Ref& ref) -> std::optional<Value> {
    return ref.id == object.id ? attribute_of(object, ref.attribute) : std::nullopt;
  });
  const auto [first, last] = snapshot.objects.equal_range(check.id);
  return std::any_of(first, last, [&](const auto& entry) {
    const Observed& seen = entry.second;
    if (seen.condition != Condition::ready) return false;
    return std::all_of(check.wanted.as_map().begin(), check.wanted.as_map().end(), [&](const auto& field) {
      return !field.second.has_hole() || seen.attributes.at(field.first) == filled.at(field.first);
    });
  });
}

/// One group and kind.
class Roller {
 public:
  Roller(const Decided& decided, std::vector<Member> members, int broken)
      : decided_(decided), members_(std::move(members)), broken_(broken) {
    const Resource& first = decided.inputs.resources[members_.front().resource];
    plan_ = {first.group, first.id.kind, first.lifecycle.roll, {}, {}};
    std::sort(members_.begin(), members_.end(), [&](const Member& a, const Member& b) {
      return std::tuple(!a.is_begun, a.is_ready, id_of(a)) < std::tuple(!b.is_begun, b.is_ready, id_of(b));
    });
  }

  RollPlan run() {
    std::vector<Index> before;
    for (Index at = 0; at < members_.size();) {
      Index size = static_cast<Index>(std::max(1, plan_.limits.batch));
      if (at == 0) size = std::max(size, begun());
      const Index end = std::min(members_.size(), at + size);
      before = run_batch(at, end, before);
      at = end;
    }
    return std::move(plan_);
  }

 private:
  const ResourceId& id_of(const Member& member) const { return decided_.inputs.resources[member.resource].id; }

  Index begun() const {
    return static_cast<Index>(
        std::count_if(members_.begin(), members_.end(), [](const Member& member) { return member.is_begun; }));
  }

  /// No more of each sort than there are members.
  std::vector<Lane> lanes(int members) const {
    const bool coexists = decided_.driver_of(members_.front().resource).traits().coexists;
    const int surges = coexists ? std::min(plan_.limits.surge, members) : 0;
    const int gaps = std::min(plan_.limits.max_unavailable + (coexists ? 0 : plan_.limits.surge), members + broken_);
    std::vector<Lane> lanes;
    for (int i = 0; i < std::max(gaps - broken_, surges == 0 ? 1 : 0); ++i) lanes.push_back({.way = Way::gap});
    for (int i = 0; i < surges; ++i) lanes.push_back({.way = Way::surge});
    return lanes;
  }

  /// Returns the steps after which the batch is through.
  std::vector<Index> run_batch(Index begin, Index end, const std::vector<Index>& before) {
    std::vector<Lane> open = lanes(static_cast<int>(end - begin));
    std::vector<Index> through;
    plan_.batches.emplace_back();
    for (Index i = begin; i < end; ++i) {
      Member& member = members_[i];
      plan_.batches.back().push_back(id_of(member));
      Lane& lane = lane_for(member, open);
      if (!member.is_begun) {
        const Index first = first_step(member, lane.way);
        decided_.steps[first].after = lane.members == 0 ? before : lane.tail;
        lane.tail.clear();
      }
      const std::vector<Index> own = closing_steps(member, member.is_begun ? Way::surge : lane.way);
      lane.tail.insert(lane.tail.end(), own.begin(), own.end());
      through.insert(through.end(), own.begin(), own.end());
      ++lane.members;
      mark(member);
    }
    std::sort(through.begin(), through.end());
    through.erase(std::unique(through.begin(), through.end()), through.end());
    return through;
  }

  /// The one with the fewest members. What has two objects already takes the place of one that would get two.
  static Lane& lane_for(const Member& member, std::vector<Lane>& lanes) {
    const auto load = [&](const Lane& lane) {
      const bool suits = !member.is_begun || (lane.way == Way::surge) == !member.leaving.empty();
      return std::pair(!suits, lane.members);
    };
    return *std::min_element(lanes.begin(), lanes.end(),
                             [&](const Lane& a, const Lane& b) { return load(a) < load(b); });
  }

  /// Precondition: it is replaced. Turns its two halves round where the old one goes first.
  Index first_step(const Member& member, Way way) {
    const Index create = *decided_.outcomes[member.resource].last_step;
    const auto old = std::find_if(member.leaving.begin(), member.leaving.end(),
                                  [&](Index step) { return decided_.steps[step].half == Half::remove_old; });
    if (old == member.leaving.end()) {  // of a kind that cannot coexist: they are in that order already
      for (const Index need : decided_.steps[create].needs) {
        if (decided_.steps[need].half == Half::remove_old) return need;
      }
      return create;
    }
    if (way == Way::surge) return create;
    Step& removal = decided_.steps[*old];
    removal.needs.clear();
    removal.drains.clear();
    removal.not_before = {};
    decided_.steps[create].needs.push_back(*old);
    return *old;
  }

  /// An old one that goes last has waited for everything else.
  std::vector<Index> closing_steps(const Member& member, Way way) const {
    std::vector<Index> steps = member.leaving;
    if (way == Way::surge && !steps.empty()) return steps;
    if (const auto own = decided_.outcomes[member.resource].last_step) steps.push_back(*own);
    for (const Index dependent : decided_.dependents[member.resource]) {
      if (const auto step = decided_.outcomes[dependent].last_step) steps.push_back(*step);
    }
    return steps;
  }

  void mark(const Member& member) {
    const int number = static_cast<int>(plan_.batches.size());
    if (const auto own = decided_.outcomes[member.resource].last_step) decided_.steps[*own].batch = number;
    for (const Index step : member.leaving) {
      decided_.steps[step].batch = number;
      for (const Drain& drain : decided_.steps[step].drains) plan_.drain = std::max(plan_.drain, drain.time);
    }
  }

  const Decided& decided_;
  std::vector<Member> members_;
  int broken_;
  RollPlan plan_;
};

bool is_unfinished(Verdict verdict) {
  return verdict == Verdict::create || verdict == Verdict::create_again || verdict == Verdict::finish ||
         verdict == Verdict::replace_failed || verdict == Verdict::recreate_gone;
}

/// Nothing when the resource takes no part: it is as it should be, or out of reach.
std::optional<Member> member_of(const Decided& decided, Index resource, std::vector<Index> leaving) {
  const Outcome& outcome = decided.outcomes[resource];
  const bool replaces = outcome.verdict == Verdict::replace;
  const auto& dependents = decided.dependents[resource];
  const bool waits_for_others = std::any_of(dependents.begin(), dependents.end(), [&](Index dependent) {
    return decided.outcomes[dependent].last_step.has_value();
  });
  const bool takes_part = outcome.verdict == Verdict::unchanged || outcome.verdict == Verdict::update;
  const bool is_begun = is_unfinished(outcome.verdict) || (takes_part && (!leaving.empty() || waits_for_others));
  if (!replaces && !is_begun) return std::nullopt;
  Member member{resource, is_begun, true, std::move(leaving)};
  for (const Index dependent : dependents) {
    if (!replaces || !decided.driver_of(dependent).traits().pure_check) continue;
    member.is_ready &= has_passed(decided.inputs.snapshot, decided.inputs.resources[dependent], *outcome.keeper);
  }
  return member;
}

}  // namespace

std::vector<char> entangled_rolls(const Inputs& inputs, const Graph& graph,
                                  const std::vector<std::vector<std::size_t>>& dependents) {
  const auto rolls = [&](Index i) { return inputs.resources[i].lifecycle.replace == ReplacePolicy::roll; };
  const auto stands_on_another = [&](Index resource) {
    std::vector<Index> open = dependents[resource];
    open.push_back(resource);
    std::set<Index> seen;
    while (!open.empty()) {
      const Index next = open.back();
      open.pop_back();
      if (next != resource && rolls(next)) return true;
      if (!seen.insert(next).second) continue;
      for (const auto* edges : {&graph.needs[next], &graph.follows[next]})
        open.insert(open.end(), edges->begin(), edges->end());
    }
    return false;
  };
  std::vector<char> entangled(inputs.resources.size(), 0);
  for (Index i = 0; i < entangled.size(); ++i) entangled[i] = rolls(i) && stands_on_another(i) ? 1 : 0;
  return entangled;
}

std::vector<RollPlan> order_rolls(const Decided& decided) {
  struct Group {
    std::vector<Member> members;
    bool is_rolling = false;
    int broken = 0;
  };
  std::map<Index, std::vector<Index>> leaving;
  for (const Retirement& retired : decided.retired) leaving[retired.resource].push_back(retired.step);
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (Index i = 0; i < decided.inputs.resources.size(); ++i) {
    if (!decided.rolls(i)) continue;
    const Resource& resource = decided.inputs.resources[i];
    Group& group = groups[{resource.group, resource.id.kind}];
    const Verdict verdict = decided.outcomes[i].verdict;
    const bool is_entangled = decided.entangled[i] != 0;
    group.broken += verdict == Verdict::blocked || (is_entangled && is_unfinished(verdict)) ? 1 : 0;
    if (is_entangled) continue;
    group.is_rolling |= verdict == Verdict::replace || leaving.contains(i);
    if (auto member = member_of(decided, i, leaving[i])) group.members.push_back(std::move(*member));
  }
  std::vector<RollPlan> rolls;
  for (auto& [key, group] : groups) {
    if (group.is_rolling && !group.members.empty())
      rolls.push_back(Roller(decided, std::move(group.members), group.broken).run());
  }
  return rolls;
}

}  // namespace muster::plan
