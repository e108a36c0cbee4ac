#include "reconciler/plan/make_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reconciler/plan/assess.h"
#include "reconciler/plan/debts.h"
#include "reconciler/plan/digests.h"
#include "reconciler/plan/drain.h"
#include "reconciler/plan/forecast.h"
#include "reconciler/plan/graph.h"
#include "reconciler/plan/guard.h"
#include "reconciler/plan/outcome.h"
#include "reconciler/plan/place.h"
#include "reconciler/plan/refs.h"
#include "reconciler/plan/removals.h"
#include "reconciler/plan/restraint.h"
#include "reconciler/plan/retire.h"
#include "reconciler/plan/roll.h"
#include "reconciler/plan/season.h"
#include "reconciler/plan/step_list.h"
#include "resources/contract/parallel.h"

namespace muster::plan {
namespace {

/// What one wanted resource looks like before anything is decided.
struct Opinion {
  std::string connection;
  Assessment assessment;
  std::optional<std::size_t> because_of;  ///< what it needs has no future in this plan
};

/// Precondition: a replacement.
void hold_back(Assessment& assessment, std::string why) {
  assessment.verdict = Verdict::unchanged;
  assessment.held = std::move(assessment.changes);
  assessment.held_reason = std::move(why);
}

class Planner {
 public:
  /// `not_rolled` must outlive it.
  Planner(const Inputs& inputs, const NotRolled& not_rolled)
      : inputs_(inputs),
        not_rolled_(not_rolled),
        graph_(build_graph(inputs.resources)),
        outcomes_(inputs.resources.size()) {}

  /// Nothing: some must not be rolled, and are in `found`.
  std::optional<Plan> make(NotRolled& found);

 private:
  std::vector<std::vector<std::size_t>> waves() const;
  void consider(const std::vector<std::size_t>& wave);
  Opinion opinion_of(std::size_t index, Fingerprinter& fingerprinter) const;
  bool goes_with_container(const Resource& resource, const Assessment& assessment) const;
  void decide(std::size_t index, Opinion& opinion);
  void schedule(std::size_t index);
  Unknown unknown_of(const Resource& resource, const Assessment& assessment,
                     std::optional<std::size_t> because_of) const;
  void add_steps(std::size_t index, Assessment& assessment, const std::string& connection);
  std::string why_not_rolled(std::size_t index) const;
  void find_dependents();
  std::vector<std::size_t> needed_steps(std::size_t index) const;
  std::optional<Value> lookup(const Ref& ref) const;
  std::optional<std::size_t> hopeless_need(std::size_t index, const Value& wanted) const;

  const Inputs& inputs_;
  const NotRolled& not_rolled_;
  Graph graph_;
  std::vector<Outcome> outcomes_;
  std::vector<std::vector<std::size_t>> dependents_;  ///< empty until something is, or may be, replaced
  std::vector<char> entangled_;                       ///< empty when nothing is rolled
  std::vector<Retirement> retired_;
  StepList steps_;
  Plan plan_;
  const Decided decided_{inputs_, graph_, dependents_, entangled_, outcomes_, retired_, steps_, plan_};
};

std::optional<Value> Planner::lookup(const Ref& ref) const {
  const auto found = graph_.index.find(ref.id);
  if (!found) return std::nullopt;
  const Outcome& outcome = outcomes_[*found];
  if (outcome.keeper == nullptr) return std::nullopt;
  if (outcome.verdict == Verdict::update) {
    const Field* field = inputs_.registry.driver(ref.id.kind)->schema().find(ref.attribute);
    if (field != nullptr && field->computed == Computed::live) return std::nullopt;
    return attribute_of(*outcome.keeper, ref.attribute);
  }
  // A failed object, or one nobody could read, still has the address it was born with.
  const bool stays = outcome.verdict == Verdict::unchanged || outcome.verdict == Verdict::unknown ||
                     outcome.verdict == Verdict::blocked || outcome.verdict == Verdict::finish;
  return stays ? attribute_of(*outcome.keeper, ref.attribute) : std::nullopt;
}

/// Nothing can be planned for a resource when something it needs has no future in this plan: which one, of several the
/// one with the smallest id.
std::optional<std::size_t> Planner::hopeless_need(std::size_t index, const Value& wanted) const {
  std::optional<std::size_t> hopeless;
  for (std::size_t need : graph_.needs[index]) {
    const Verdict verdict = outcomes_[need].verdict;
    if (future_of(verdict) != Future::hopeless) continue;
    const ResourceId& id = inputs_.resources[need].id;
    if (hopeless && inputs_.resources[*hopeless].id < id) continue;
    const std::vector<Ref> open = refs_in(wanted);
    const bool waits_for_it = std::any_of(open.begin(), open.end(), [&](const Ref& ref) { return ref.id == id; });
    if (waits_for_it || outcomes_[need].keeper == nullptr) hopeless = need;
  }
  return hopeless;
}

Unknown Planner::unknown_of(const Resource& resource, const Assessment& assessment,
                            std::optional<std::size_t> because_of) const {
  if (!because_of) return {resource.id, resource.group, assessment.reason, std::nullopt};
  const ResourceId& cause = inputs_.resources[*because_of].id;
  const auto why = [&] {
    switch (outcomes_[*because_of].verdict) {
      case Verdict::unknown:
        return "is unknown";
      case Verdict::early:
        return "is not there before its time";
      case Verdict::over:
        return "is over";
      default:
        return "has a problem";
    }
  };
  return {resource.id, resource.group, fmt::format("it needs {}, which {}", cause.to_string(), why()), cause};
}

std::vector<std::size_t> Planner::needed_steps(std::size_t index) const {
  std::vector<std::size_t> steps;
  for (std::size_t need : graph_.needs[index]) {
    if (outcomes_[need].last_step) steps.push_back(*outcomes_[need].last_step);
  }
  return steps;
}

/// Resources by how far they are from what needs nothing: those of one wave do not depend on each other.
std::vector<std::vector<std::size_t>> Planner::waves() const {
  std::vector<std::vector<std::size_t>> result;
  std::vector<std::size_t> wave_of(graph_.needs.size(), 0);
  for (std::size_t index : graph_.order) {
    std::size_t& wave = wave_of[index];
    for (const auto* edges : {&graph_.needs[index], &graph_.follows[index]}) {
      for (std::size_t other : *edges) wave = std::max(wave, wave_of[other] + 1);
    }
    if (wave == result.size()) result.emplace_back();
    result[wave].push_back(index);
  }
  return result;
}

void Planner::consider(const std::vector<std::size_t>& wave) {
  std::vector<Opinion> opinions(wave.size());
  in_parallel(wave.size(), [&](std::size_t begin, std::size_t end) {
    Fingerprinter fingerprinter;
    for (std::size_t i = begin; i < end; ++i) opinions[i] = opinion_of(wave[i], fingerprinter);
  });
  for (std::size_t i = 0; i < wave.size(); ++i) decide(wave[i], opinions[i]);
}

/// Reads what earlier waves decided, and changes nothing.
Opinion Planner::opinion_of(std::size_t index, Fingerprinter& fingerprinter) const {
  const Resource& resource = inputs_.resources[index];
  const Season season = season_of(resource, inputs_.now);
  Opinion opinion;
  if (season == Season::over) {
    opinion.assessment.verdict = Verdict::over;
    return opinion;
  }
  opinion.connection = place(resource, inputs_.snapshot);
  const bool refers = graph_.refers[index] != 0;
  Value filled;
  if (refers) filled = fill_refs(resource.wanted, [this](const Ref& ref) { return lookup(ref); });
  const Value& wanted = refers ? filled : resource.wanted;
  opinion.assessment = assess(inputs_, fingerprinter, resource, wanted, opinion.connection);
  if (goes_with_container(resource, opinion.assessment))
    opinion.assessment = assess_inside_new(inputs_, resource, *resource.inside, opinion.connection);
  Verdict& verdict = opinion.assessment.verdict;
  const bool begins = verdict == Verdict::create || verdict == Verdict::create_again;
  if (season == Season::early && begins && opinion.assessment.start == Start::call) verdict = Verdict::early;
  if (season == Season::early && makes_anew(verdict) && lacks_secret(resource.wanted))
    block_for_secret(resource, opinion.assessment);
  if (verdict == Verdict::replace && resource.lifecycle.replace == ReplacePolicy::roll)
    if (std::string why = why_not_rolled(index); !why.empty()) hold_back(opinion.assessment, std::move(why));
  if (future_of(verdict) == Future::step) opinion.because_of = hopeless_need(index, wanted);
  if (opinion.because_of) verdict = Verdict::unknown;
  return opinion;
}

std::string Planner::why_not_rolled(std::size_t index) const {
  if (entangled_[index] != 0)
    return "it and others that are rolled depend on each other, so they cannot be replaced one after the other";
  const auto found = not_rolled_.find(index);
  return found != not_rolled_.end() ? found->second : why_nothing_follows(inputs_, dependents_[index]);
}

/// Whether what is there of it, or may be, is inside of something that is made anew.
bool Planner::goes_with_container(const Resource& resource, const Assessment& assessment) const {
  const auto container = resource.inside ? graph_.index.find(*resource.inside) : std::nullopt;
  if (!container || !outcomes_[*container].is_made_anew()) return false;
  const bool is_absent = assessment.keeper == nullptr && future_of(assessment.verdict) == Future::step;
  return !is_absent;
}

void Planner::decide(std::size_t index, Opinion& opinion) {
  const Resource& resource = inputs_.resources[index];
  Assessment& assessment = opinion.assessment;
  outcomes_[index].verdict = assessment.verdict;
  outcomes_[index].keeper = assessment.keeper;
  outcomes_[index].holds = !assessment.held.empty();
  if (!assessment.held.empty()) {
    plan_.held.push_back({resource.id, resource.group, assessment.held_reason, assessment.held, resource.origin});
  }
  if (assessment.problem) {
    plan_.problems.push_back(*assessment.problem);
    plan_.blocked.emplace(resource.id, std::move(*assessment.problem));
  }
  if (assessment.memo) plan_.new_memos.push_back(std::move(*assessment.memo));
  if (assessment.verdict == Verdict::unknown) {
    plan_.unknown.push_back(unknown_of(resource, assessment, opinion.because_of));
    return;
  }
  if (assessment.verdict == Verdict::early || assessment.verdict == Verdict::over) return schedule(index);
  const auto told = [this] { return plan_.held.size() + plan_.unknown.size() + steps_.size(); };
  const std::size_t told_before = told();
  add_steps(index, assessment, opinion.connection);
  const bool is_as_wanted =
      assessment.verdict == Verdict::unchanged && assessment.held.empty() && told() == told_before;
  if (is_as_wanted) ++plan_.unchanged;
}

/// What is over and still there is removed (removals.h), and then not told here.
void Planner::schedule(std::size_t index) {
  const Resource& resource = inputs_.resources[index];
  if (outcomes_[index].verdict == Verdict::early) {
    plan_.scheduled.push_back({resource.id, resource.group, Season::early, *resource.lifecycle.from});
    return;
  }
  const auto [first, last] = inputs_.snapshot.objects.equal_range(resource.id);
  const bool is_there =
      std::any_of(first, last, [&](const auto& entry) { return is_ours(inputs_.memory, entry.second); });
  if (is_there && !inputs_.registry.driver(resource.id.kind)->traits().pure_check) return;
  if (const auto why = why_absence_means_nothing(inputs_, resource, place(resource, inputs_.snapshot));
      why && !is_there) {
    plan_.unknown.push_back({resource.id, resource.group, *why, std::nullopt});
    return;
  }
  plan_.scheduled.push_back({resource.id, resource.group, Season::over, *resource.lifecycle.until});
}

void Planner::add_steps(std::size_t index, Assessment& assessment, const std::string& connection) {
  const Resource& resource = inputs_.resources[index];
  Outcome& outcome = outcomes_[index];
  const Verdict verdict = assessment.verdict;
  const bool coexists = inputs_.registry.driver(resource.id.kind)->traits().coexists;

  std::vector<std::size_t> removals;  // of what has to go first
  if (verdict == Verdict::replace) removals = remove_stillborn(decided_, index, assessment.surplus);
  const bool removes_first = verdict == Verdict::replace_failed || verdict == Verdict::recreate_gone ||
                             (verdict == Verdict::replace && !coexists);
  if (removes_first) {
    Step step = step_for(resource, assessment.keeper->connection,
                         verdict == Verdict::recreate_gone ? Verb::remove : Verb::replace);
    step.half = verdict == Verdict::recreate_gone ? Half::whole : Half::remove_old;
    step.start = verdict == Verdict::recreate_gone ? Start::wait : Start::call;
    step.reason = assessment.reason;
    step.object = *assessment.keeper;
    step.flush = decided_.flush_for(resource.id, step.connection);
    removals.push_back(steps_.add(std::move(step)));
  }
  if (future_of(verdict) == Future::step) {
    const bool replaces = verdict == Verdict::replace || verdict == Verdict::replace_failed;
    Step step = step_for(resource, connection,
                         replaces                     ? Verb::replace
                         : verdict == Verdict::update ? Verb::update
                                                      : Verb::create);
    step.half = replaces ? Half::create_new : Half::whole;
    step.start = assessment.start;
    step.changes = std::move(assessment.changes);
    step.reason = assessment.reason;
    const bool acts_on_keeper = verdict == Verdict::update || verdict == Verdict::finish;
    if (acts_on_keeper && assessment.keeper != nullptr) {
      step.object = *assessment.keeper;
      step.connection = assessment.keeper->connection;
    }
    const auto& candidates = resource.connection.candidates;
    const bool is_begun_elsewhere =
        std::find(candidates.begin(), candidates.end(), assessment.begun_on) != candidates.end();
    if (is_begun_elsewhere) step.connection = assessment.begun_on;
    step.incarnation = assessment.incarnation;
    step.quiet_until = assessment.quiet_until;
    step.needs = needed_steps(index);
    step.needs.insert(step.needs.end(), removals.begin(), removals.end());
    for (std::size_t other : graph_.follows[index]) {
      if (outcomes_[other].last_step) step.follows.push_back(*outcomes_[other].last_step);
    }
    step.flush = decided_.flush_for(resource.id, step.connection);
    const bool makes_again = verdict == Verdict::create || verdict == Verdict::recreate_gone;
    step.dangerous = verdict == Verdict::replace || (makes_again && inputs_.memory.known.contains(resource.id) &&
                                                     !inputs_.registry.driver(resource.id.kind)->traits().pure_check);
    outcome.last_step = steps_.add(std::move(step));
  }
  if (verdict == Verdict::blocked) return;  // the keeper may never be ready
  if (verdict == Verdict::replace && coexists) assessment.surplus.insert(assessment.surplus.begin(), assessment.keeper);
  for (const Observed* object : assessment.surplus) add_retirement(decided_, index, *object, *assessment.keeper);
}

void Planner::find_dependents() {
  if (!dependents_.empty()) return;
  dependents_.resize(graph_.needs.size());
  for (std::size_t i = 0; i < graph_.needs.size(); ++i) {
    for (std::size_t need : graph_.needs[i]) dependents_[need].push_back(i);
  }
}

std::optional<Plan> Planner::make(NotRolled& found) {
  if (inputs_.options.goal == Goal::converge) {
    const bool may_roll = std::any_of(inputs_.resources.begin(), inputs_.resources.end(), [](const Resource& resource) {
      return resource.lifecycle.replace == ReplacePolicy::roll;
    });
    if (may_roll) {
      find_dependents();
      entangled_ = entangled_rolls(inputs_, graph_, dependents_);
    }
    for (const std::vector<std::size_t>& wave : waves()) consider(wave);
    if (!retired_.empty()) find_dependents();
    found = drain_readers(decided_);
    if (!found.empty()) return std::nullopt;
    retire_old(decided_);
    plan_.rolls = order_rolls(decided_);
  }
  add_removals(inputs_, graph_, steps_, plan_);
  add_debts(inputs_, steps_, plan_.unknown);
  plan_.steps = steps_.take_sorted();
  plan_.guard = judge(plan_, inputs_);
  plan_.forecast = forecast(plan_.steps, inputs_, graph_.index);
  sort_diagnostics(plan_.problems);
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::stable_sort(plan_.held.begin(), plan_.held.end(), by_id);
  std::sort(plan_.unknown.begin(), plan_.unknown.end(), by_id);
  std::sort(plan_.scheduled.begin(), plan_.scheduled.end(), by_id);
  std::sort(plan_.new_memos.begin(), plan_.new_memos.end());
  return std::move(plan_);
}

}  // namespace

Plan make_plan(const Inputs& inputs) {
  NotRolled not_rolled;
  for (;;) {
    NotRolled found;
    if (auto plan = Planner(inputs, not_rolled).make(found)) return std::move(*plan);
    not_rolled.merge(found);
  }
}

}  // namespace muster::plan
