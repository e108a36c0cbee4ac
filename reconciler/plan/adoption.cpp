#include "reconciler/plan/adoption.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reconciler/plan/debts.h"
#include "reconciler/plan/diff.h"
#include "reconciler/plan/digests.h"
#include "reconciler/plan/graph.h"
#include "reconciler/plan/place.h"
#include "reconciler/plan/refs.h"
#include "reconciler/plan/restraint.h"
#include "reconciler/plan/step_list.h"

namespace muster::plan {
namespace {

/// What stands where a resource is wanted, the same thing seen through two connections counted once.
std::vector<const Observed*> standing(const Snapshot& snapshot, const ResourceId& id) {
  std::vector<const Observed*> found;
  const auto [first, last] = snapshot.objects.equal_range(id);
  for (auto object = first; object != last; ++object) {
    const Observed& seen = object->second;
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const Observed* other) { return other->backend_id == seen.backend_id; });
    if (!known) found.push_back(&seen);
  }
  std::sort(found.begin(), found.end(),
            [](const Observed* a, const Observed* b) { return a->backend_id < b->backend_id; });
  return found;
}

/// Ours, but nothing proves yet that a run of ours finished it: a record of an adoption that was cut off.
bool is_half_ours(const Observed& object, const Traits& traits) {
  return object.condition == Condition::incomplete && !traits.stampable;
}

/// What a resource has come to.
enum class Fate { ours, adopted, made, absent, refused, unknown };

class Adopter {
 public:
  Adopter(const Inputs& inputs, const Examinations& examinations)
      : inputs_(inputs), examinations_(examinations), graph_(build_graph(inputs.resources)) {
    for (std::size_t i = 0; i < inputs.resources.size(); ++i) index_.emplace(inputs.resources[i].id, i);
    for (const Resource& resource : inputs.resources)
      standing_.emplace(resource.id, standing(inputs.snapshot, resource.id));
    fates_.resize(inputs.resources.size(), Fate::unknown);
    steps_of_.resize(inputs.resources.size());
  }

  std::vector<Candidate> candidates() const;
  Adoption plan();

 private:
  const Driver& driver_of(const Resource& resource) const { return *inputs_.registry.driver(resource.id.kind); }
  const std::vector<const Observed*>& there(const Resource& resource) const { return standing_.at(resource.id); }
  const Observed* ours(const Resource& resource) const;
  const Observed* candidate(const Resource& resource) const;
  Value filled(const Value& wanted) const;
  std::optional<std::string> why_unread(const Resource& resource) const;

  Fate judge(std::size_t index);
  Fate judge_mark(const Resource& resource);
  Fate judge_candidate(std::size_t index, const Observed& object);
  Fate judge_check(std::size_t index);
  Fate refuse(const Resource& resource, Refusal refusal);
  Fate unclear(const Resource& resource, std::string why);
  std::optional<std::size_t> missing_need(std::size_t index) const;
  std::size_t add_step(std::size_t index, Verb verb, Start start, const Observed* object, std::string reason);
  void make_needed_marks(std::size_t index);
  void hold_differences(const Resource& resource, const Observed& object);
  void finish();

  const Inputs& inputs_;
  const Examinations& examinations_;
  Graph graph_;
  std::map<ResourceId, std::size_t> index_;
  std::map<ResourceId, std::vector<const Observed*>> standing_;
  std::vector<Fate> fates_;
  std::vector<std::optional<std::size_t>> steps_of_;
  StepList steps_;
  Adoption adoption_;
};

const Observed* Adopter::ours(const Resource& resource) const {
  for (const Observed* object : there(resource)) {
    if (is_ours(inputs_, *object)) return object;
  }
  return nullptr;
}

/// The one object to be asked about; nullptr when there is none, or several, or it is ours for certain.
const Observed* Adopter::candidate(const Resource& resource) const {
  const auto& objects = there(resource);
  const Traits traits = driver_of(resource).traits();
  if (objects.size() != 1 || traits.is_mark || traits.pure_check) return nullptr;
  const Observed& object = *objects.front();
  if (object.condition == Condition::unknown) return nullptr;
  return is_ours(inputs_, object) && !is_half_ours(object, traits) ? nullptr : &object;
}

Value Adopter::filled(const Value& wanted) const {
  return fill_refs(wanted, [this](const Ref& ref) -> std::optional<Value> {
    const auto objects = standing_.find(ref.id);
    if (objects == standing_.end() || objects->second.size() != 1) return std::nullopt;
    const Observed& object = *objects->second.front();
    // What is not ours yet gets its incarnation with the stamp.
    if (ref.attribute == "incarnation" && !object.incarnation()) return std::nullopt;
    return attribute_of(object, ref.attribute);
  });
}

std::vector<Candidate> Adopter::candidates() const {
  std::vector<Candidate> found;
  for (const Resource& resource : inputs_.resources) {
    const Observed* object = candidate(resource);
    if (object == nullptr) continue;
    Candidate one{resource, *object};
    one.resource.wanted = filled(resource.wanted);
    if (!one.resource.wanted.has_ref()) found.push_back(std::move(one));
  }
  std::sort(found.begin(), found.end(),
            [](const Candidate& a, const Candidate& b) { return a.resource.id < b.resource.id; });
  return found;
}

std::optional<std::string> Adopter::why_unread(const Resource& resource) const {
  std::vector<std::string> connections = resource.connection.candidates;
  if (connections.empty()) connections.push_back(place(resource, inputs_.snapshot));
  for (const std::string& connection : connections) {
    const Scope scope{connection, resource.id.kind};
    if (inputs_.snapshot.is_complete(scope)) continue;
    const auto state = inputs_.snapshot.scopes.find(scope);
    return state == inputs_.snapshot.scopes.end() ? "it was not read" : state->second.why_unknown;
  }
  return std::nullopt;
}

Fate Adopter::unclear(const Resource& resource, std::string why) {
  adoption_.unknown.push_back({resource.id, resource.group, std::move(why), std::nullopt});
  return Fate::unknown;
}

Fate Adopter::refuse(const Resource& resource, Refusal refusal) {
  refusal.id = resource.id;
  refusal.group = resource.group;
  refusal.origin = resource.origin;
  for (const Observed* object : there(resource)) refusal.backend_ids.push_back(object->backend_id);
  adoption_.refused.push_back(std::move(refusal));
  return Fate::refused;
}

/// What it needs and is neither ours nor adopted nor a mark that can be made.
std::optional<std::size_t> Adopter::missing_need(std::size_t index) const {
  for (std::size_t need : graph_.needs[index]) {
    const Fate fate = fates_[need];
    const bool makeable = fate == Fate::absent && driver_of(inputs_.resources[need]).traits().is_mark;
    if (fate != Fate::ours && fate != Fate::adopted && fate != Fate::made && !makeable) return need;
  }
  return std::nullopt;
}

std::size_t Adopter::add_step(std::size_t index, Verb verb, Start start, const Observed* object, std::string reason) {
  const Resource& resource = inputs_.resources[index];
  Step step;
  step.verb = verb;
  step.start = start;
  step.id = resource.id;
  step.connection = object != nullptr ? object->connection : place(resource, inputs_.snapshot);
  step.group = resource.group;
  step.origin = resource.origin;
  step.reason = std::move(reason);
  if (object != nullptr) step.object = *object;
  for (std::size_t need : graph_.needs[index]) {
    if (steps_of_[need]) step.needs.push_back(*steps_of_[need]);
  }
  if (const auto target = driver_of(resource).flushed_by(resource.id))
    step.flush = steps_.flush_of(step.connection, *target);
  adoption_.plan.forecast[step.connection] += driver_of(resource).calls(verb, resource.wanted);
  return steps_.add(std::move(step));
}

void Adopter::make_needed_marks(std::size_t index) {
  for (std::size_t need : graph_.needs[index]) {
    if (fates_[need] != Fate::absent) continue;
    std::erase(adoption_.absent, inputs_.resources[need].id);
    steps_of_[need] = add_step(need, Verb::create, Start::call, nullptr, "what is adopted needs it");
    fates_[need] = Fate::made;
  }
}

Fate Adopter::judge_mark(const Resource& resource) {
  const Observed* own = ours(resource);
  if (own == nullptr) return refuse(resource, {.reason = there(resource).front()->evidence});
  const std::size_t index = index_.at(resource.id);
  if (own->condition == Condition::incomplete) {
    steps_of_[index] = add_step(index, Verb::create, Start::resume, own, "an earlier run did not finish it");
    return Fate::made;
  }
  adoption_.ours.push_back(resource.id);
  return Fate::ours;
}

/// A check looks and makes nothing: it is part of an adoption, so that nothing is left to do after it.
Fate Adopter::judge_check(std::size_t index) {
  const Resource& resource = inputs_.resources[index];
  const Observed* own = ours(resource);
  if (own != nullptr && own->condition == Condition::ready) {
    const bool is_of_this_object = !filled(resource.wanted).has_ref();
    if (is_of_this_object) {
      adoption_.ours.push_back(resource.id);
      return Fate::ours;
    }
  }
  if (missing_need(index)) return Fate::absent;
  steps_of_[index] = add_step(index, Verb::create, Start::call, nullptr, "is it reachable?");
  return Fate::made;
}

Fate Adopter::judge_candidate(std::size_t index, const Observed& object) {
  const Resource& resource = inputs_.resources[index];
  // Its stamp would say that it was made with another secret than it was.
  if (lacks_secret(resource.wanted))
    return refuse(resource, {.reason = "a secret that the manifest gives it cannot be read"});
  const auto need = missing_need(index);
  const auto answer = examinations_.find(resource.id);
  if (answer == examinations_.end() || need) {
    if (!need) return unclear(resource, "what it refers to is not known");
    const ResourceId& cause = inputs_.resources[*need].id;
    return refuse(resource, {.reason = fmt::format("it belongs to {}, which {}", cause.to_string(),
                                                   fates_[*need] == Fate::absent ? "does not exist" : "is not adopted"),
                             .because_of = cause});
  }
  const Examined& examined = answer->second;
  if (!examined.failure.empty()) return unclear(resource, examined.failure);
  if (!examined.takeover.possible())
    return refuse(resource, {.differs = examined.takeover.differs, .reason = examined.takeover.obstacle});
  make_needed_marks(index);
  steps_of_[index] = add_step(index, Verb::adopt, Start::call, &object, {});
  hold_differences(resource, object);
  return Fate::adopted;
}

void Adopter::hold_differences(const Resource& resource, const Observed& object) {
  Difference difference = diff(driver_of(resource).schema(), resource, filled(resource.wanted), object, nullptr);
  if (difference.updatable.empty()) return;
  for (Change& change : difference.updatable) change.cause = Cause::manifest;
  adoption_.plan.held.push_back(
      {resource.id, resource.group, "apply changes it once it is ours", difference.updatable, resource.origin});
}

Fate Adopter::judge(std::size_t index) {
  const Resource& resource = inputs_.resources[index];
  const Traits traits = driver_of(resource).traits();
  if (traits.pure_check) return judge_check(index);
  const auto& objects = there(resource);
  const auto unseen = std::find_if(objects.begin(), objects.end(),
                                   [](const Observed* object) { return object->condition == Condition::unknown; });
  if (unseen != objects.end()) return unclear(resource, (*unseen)->evidence);
  // Our own may be among those that were not seen; its namesake is then not the one that was meant.
  if (ours(resource) == nullptr) {
    if (const auto why = why_unread(resource)) return unclear(resource, *why);
  }
  if (const Observed* object = candidate(resource)) return judge_candidate(index, *object);
  if (const Observed* own = ours(resource); own != nullptr && !traits.is_mark) {
    adoption_.ours.push_back(resource.id);
    return Fate::ours;
  }
  if (traits.is_mark && !objects.empty()) return judge_mark(resource);
  if (objects.size() > 1) return refuse(resource, {.reason = fmt::format("{} of them have this name", objects.size())});
  if (const auto why = why_unread(resource)) return unclear(resource, *why);
  adoption_.absent.push_back(resource.id);
  return Fate::absent;
}

void Adopter::finish() {
  add_debts(inputs_, steps_, adoption_.unknown);
  Plan& plan = adoption_.plan;
  plan.steps = steps_.take_sorted();
  plan.unchanged = adoption_.ours.size();
  for (const Step& step : plan.steps) {
    if (step.verb == Verb::flush) ++plan.forecast[step.connection];
  }
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(adoption_.refused.begin(), adoption_.refused.end(), by_id);
  std::sort(adoption_.unknown.begin(), adoption_.unknown.end(), by_id);
  std::sort(plan.held.begin(), plan.held.end(), by_id);
  std::sort(adoption_.ours.begin(), adoption_.ours.end());
  std::sort(adoption_.absent.begin(), adoption_.absent.end());
}

Adoption Adopter::plan() {
  for (std::size_t index : graph_.order) fates_[index] = judge(index);
  finish();
  return std::move(adoption_);
}

}  // namespace

std::vector<Candidate> adoption_candidates(const Inputs& inputs) { return Adopter(inputs, {}).candidates(); }

Adoption plan_adoption(const Inputs& inputs, const Examinations& examinations) {
  return Adopter(inputs, examinations).plan();
}

}  // namespace muster::plan
