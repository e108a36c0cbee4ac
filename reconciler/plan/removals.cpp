#include "reconciler/plan/removals.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "reconciler/plan/belongings.h"
#include "reconciler/plan/restraint.h"
#include "reconciler/plan/season.h"

namespace muster::plan {
namespace {

class Removals {
 public:
  Removals(const Inputs& inputs, const Graph& graph, StepList& steps, Plan& plan)
      : inputs_(inputs), newest_(newest_applied(inputs)), graph_(graph), steps_(steps), plan_(plan) {
    const std::vector<std::string> order = inputs.registry.creation_order();
    for (std::size_t i = 0; i < order.size(); ++i) stage_[order[i]] = static_cast<int>(order.size() - i);
    dependents_.resize(graph.needs.size());
    for (std::size_t i = 0; i < graph.needs.size(); ++i) {
      for (std::size_t need : graph.needs[i]) dependents_[need].push_back(i);
    }
  }

  void add() {
    const bool destroys = inputs_.options.goal == Goal::destroy;
    for (const Unknown& unknown : plan_.unknown) {
      if (!unknown.because_of) unknown_kinds_.insert(unknown.id.kind);
    }
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      if (object.condition != Condition::unknown) continue;
      unseen_.push_back(&object);
      if (!is_ours(inputs_, object)) continue;
      for (const std::string& text : texts_in(object.attributes)) unseen_holders_.emplace(text, &object);
    }
    const bool takes_unwanted = !destroys || inputs_.options.leftovers;
    for (const Observed* seen : ours_in_order()) {
      const Observed& object = *seen;
      const ResourceId& id = object.id;
      const auto wanted = graph_.index.find(id);
      const Resource* resource = wanted ? &inputs_.resources[*wanted] : nullptr;
      const bool is_over = resource != nullptr && season_of(*resource, inputs_.now) == Season::over;
      if (resource != nullptr ? !destroys && !is_over : !takes_unwanted) continue;
      const Driver* driver = inputs_.registry.driver(id.kind);
      if (driver == nullptr || driver->traits().pure_check) continue;  // nothing of it exists outside our cache
      if (object.condition == Condition::unknown) {
        plan_.unknown.push_back({id, {}, object.evidence, std::nullopt});
        continue;
      }
      add_one(object, resource);
    }
    if (destroys) await_open_creates();
    hold_with_held();
    hold_belongings(inputs_, kept_, unwanted_, steps_, plan_);
    link_belongings(inputs_, unwanted_, steps_);
    link_dependents();
    if (destroys) {
      report_unread();
      if (has_unwanted_) stage_all();
    }
  }

 private:
  /// By id, backend id and connection: of one thing seen through two connections the same copy always comes first.
  std::vector<const Observed*> ours_in_order() const {
    std::vector<const Observed*> ours;
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      if (is_ours(inputs_, object)) ours.push_back(&object);
    }
    const auto before = [](const Observed* a, const Observed* b) {
      return std::tie(a->id, a->backend_id, a->connection) < std::tie(b->id, b->backend_id, b->connection);
    };
    if (!std::is_sorted(ours.begin(), ours.end(), before)) std::sort(ours.begin(), ours.end(), before);
    return ours;
  }

  void add_one(const Observed& object, const Resource* resource) {
    const std::string group = resource == nullptr ? std::string() : resource->group;
    const Driver* driver = inputs_.registry.driver(object.id.kind);
    if (!seen_.insert({object.id, object.backend_id, object.incarnation().bits}).second)
      return;  // through two connections
    if (resource == nullptr && inputs_.options.partial) {
      plan_.held.push_back(
          {object.id, group, "only some files were given; name the whole directory to delete it", {}, {}});
      return;
    }
    if (resource == nullptr && unknown_kinds_.contains(object.id.kind)) {
      plan_.unknown.push_back(
          {object.id, group, "others of its kind could not be read; it stays until they can", std::nullopt});
      return;
    }
    if (const std::string why = why_not_last(object, resource); !why.empty()) {
      plan_.unknown.push_back({object.id, group, why, std::nullopt});
      return;
    }
    const std::string restraint =
        resource == nullptr ? keeps_unwanted(object) : keeps_from_removal(inputs_, object, *resource);
    if (!restraint.empty()) {
      plan_.held.push_back({object.id, group, restraint, {}, resource == nullptr ? Origin{} : resource->origin});
      if (resource != nullptr) held_.insert(position_of(object.id));
      if (resource == nullptr) kept_.push_back(&object);
      return;
    }
    if (resource != nullptr && vanishes_with_container(*resource)) return;
    Step step;
    step.verb = Verb::remove;
    step.start = object.condition == Condition::deleting ? Start::wait : Start::call;
    step.id = object.id;
    step.connection = object.connection;
    step.group = group;
    const bool expires = resource != nullptr && inputs_.options.goal == Goal::converge;
    step.reason = resource == nullptr ? "no manifest wants it" : expires ? "its time is over" : "destroy";
    step.object = object;
    step.stage = resource == nullptr || expires ? stage_[object.id.kind] : 0;
    if (resource == nullptr) has_unwanted_ = true;
    const bool is_foreseen = resource != nullptr && (!expires || end_was_known(*driver, object));
    if (expires && !is_foreseen) step.reason = "its time is over since an end that was not applied before";
    step.dangerous = !is_foreseen && object.condition != Condition::deleting;
    if (resource != nullptr) step.origin = resource->origin;
    if (const auto target = driver->flushed_by(object.id)) step.flush = steps_.flush_of(object.connection, *target);
    const std::size_t added = steps_.add(std::move(step));
    if (resource != nullptr)
      removed_[position_of(object.id)].push_back(added);
    else
      unwanted_.push_back(added);
  }

  /// An end that a manifest has only now, and that has passed already, may be a typing mistake. Where the stamp tells
  /// none, nothing is known of it.
  bool end_was_known(const Driver& driver, const Observed& object) const {
    if (!driver.schema().stamps_end || !object.stamp) return true;
    return object.stamp->until != 0 && Time(std::chrono::seconds(object.stamp->until)) <= inputs_.now;
  }

  /// What a newer revision wants these manifests cannot know: where one was applied, nothing is unwanted.
  std::string keeps_unwanted(const Observed& object) const {
    std::string why = keeps_from_removal(inputs_, object);
    if (why.empty() && newest_ != inputs_.fleet.revision)
      why = fmt::format("{} was applied since; --rollback removes it",
                        inputs_.fleet.revision.time == 0 ? fmt::format("revision {}", newest_.to_string())
                                                         : fmt::format("a newer revision ({})", newest_.to_string()));
    return why;
  }

  /// Something that stands on this one may be there unseen: then this one has to wait.
  std::string why_not_last(const Observed& object, const Resource* resource) {
    if (std::string why = why_kind_is_not_last(object); !why.empty()) return why;
    if (resource == nullptr)
      if (const Observed* unseen = unseen_holder_of(object); unseen != nullptr)
        return fmt::format("{} was made for it and could not be read: {}", unseen->id.to_string(), unseen->evidence);
    if (resource != nullptr) {
      if (!carries_unread_) carries_unread_ = find_unread();
      const auto unread = carries_unread_->find(position_of(resource->id));
      if (unread != carries_unread_->end()) return unread->second;
    }
    return why_unseen_needs(object);
  }

  /// Known to be there once, not read now, and made for this one, as far as anybody knows.
  const Observed* unseen_holder_of(const Observed& object) const {
    for (const std::string& text : born_with(inputs_, object)) {
      for (auto [holder, last] = unseen_holders_.equal_range(text); holder != last; ++holder)
        if (stage_of(holder->second->id.kind) < stage_of(object.id.kind)) return holder->second;
    }
    return nullptr;
  }

  /// A mark is all that says whose the things are that lie where it stands: what was known to be there and was not read
  /// now keeps it. Of what was never read nobody knows where it lies.
  std::string why_unseen_needs(const Observed& object) const {
    const Driver& driver = *inputs_.registry.driver(object.id.kind);
    if (!driver.traits().is_mark) return {};
    for (const Observed* unseen : unseen_) {
      if (unseen->connection != object.connection || stage_of(unseen->id.kind) >= stage_of(object.id.kind)) continue;
      const bool was_read = unseen->attributes.is_map() && !unseen->attributes.as_map().empty();
      if (was_read && !marks(driver, object, unseen->attributes)) continue;
      return fmt::format("{} may need it and could not be read: {}", unseen->id.to_string(), unseen->evidence);
    }
    return why_open_create_needs(object);
  }

  /// What may still come into being where nobody wants it any more: without the mark it would be nobody's.
  std::string why_open_create_needs(const Observed& mark) const {
    for (const OpenCreate& open : inputs_.memory.open_creates) {
      const bool may_lie_there = open.connection == mark.connection && stage_of(open.id.kind) < stage_of(mark.id.kind);
      if (!may_lie_there || graph_.index.find(open.id) || open.quiet_until <= inputs_.now || has_appeared(open))
        continue;
      return fmt::format("an earlier create of {} got no clear answer and may still appear", open.id.to_string());
    }
    return {};
  }

  bool has_appeared(const OpenCreate& open) const {
    const auto [first, last] = inputs_.snapshot.objects.equal_range(open.id);
    return std::any_of(first, last, [&](const auto& entry) { return entry.second.incarnation() == open.incarnation; });
  }

  /// Kinds that come into being later may stand on it.
  std::string why_kind_is_not_last(const Observed& object) const {
    const int own_stage = stage_of(object.id.kind);
    for (const auto& [scope, state] : inputs_.snapshot.scopes) {
      if (state.complete || scope.connection != object.connection || stage_of(scope.kind) >= own_stage) continue;
      return fmt::format("what depends on it could not be read: {}", state.why_unknown);
    }
    return {};
  }

  /// Why a wanted resource may be there, or stays, because something could not be read. Nothing: it does not.
  std::optional<std::string> why_unread(const Resource& resource) const {
    const Driver* driver = inputs_.registry.driver(resource.id.kind);
    if (driver == nullptr || driver->traits().pure_check) return std::nullopt;
    for (const std::string& connection : resource.connection.candidates) {
      const auto state = inputs_.snapshot.scopes.find({connection, resource.id.kind});
      if (state != inputs_.snapshot.scopes.end() && !state->second.complete) return state->second.why_unknown;
    }
    const auto [first, last] = inputs_.snapshot.objects.equal_range(resource.id);
    for (auto object = first; object != last; ++object) {
      if (!is_ours(inputs_, object->second)) continue;
      if (object->second.condition == Condition::unknown) return object->second.evidence;
      if (std::string why = why_kind_is_not_last(object->second); !why.empty()) return why;
    }
    return std::nullopt;
  }

  /// What could not be read may stay, and keeps all that it stands on, however far down: that, and why.
  std::map<std::size_t, std::string> find_unread() const {
    std::map<std::size_t, std::string> result;
    for (std::size_t i = 0; i < inputs_.resources.size(); ++i) {
      const Resource& resource = inputs_.resources[i];
      const std::optional<std::string> why = why_unread(resource);
      if (!why) continue;
      const std::string reason = fmt::format("{} needs it and could not be read: {}", resource.id.to_string(), *why);
      std::vector<std::size_t> open = graph_.needs[i];
      std::set<std::size_t> seen;
      while (!open.empty()) {
        const std::size_t need = open.back();
        open.pop_back();
        if (!seen.insert(need).second) continue;
        open.insert(open.end(), graph_.needs[need].begin(), graph_.needs[need].end());
        const auto [entry, is_new] = result.try_emplace(need, reason);
        if (!is_new && reason < entry->second) entry->second = reason;
      }
    }
    return result;
  }

  /// Precondition: it is wanted.
  std::size_t position_of(const ResourceId& id) const { return graph_.index.find(id).value(); }

  int stage_of(const std::string& kind) const {
    const auto found = stage_.find(kind);
    return found == stage_.end() ? 0 : found->second;
  }

  bool vanishes_with_container(const Resource& resource) const {
    const auto container = resource.inside ? graph_.index.find(*resource.inside) : std::nullopt;
    if (!container) return false;
    const bool goes =
        inputs_.options.goal == Goal::destroy || season_of(inputs_.resources[*container], inputs_.now) == Season::over;
    return goes && is_there(*resource.inside);
  }

  /// A host that stays keeps its names, and what those stand on.
  void hold_with_held() {
    std::vector<std::size_t> open(held_.begin(), held_.end());
    const auto hold = [&](std::size_t other) {
      if (!removed_.contains(other) || !held_.insert(other).second) return;
      open.push_back(other);
      const Resource& resource = inputs_.resources[other];
      plan_.held.push_back({resource.id, resource.group, "it belongs to what stays", {}, resource.origin});
      for (std::size_t step : removed_[other]) steps_.drop(step);
      removed_.erase(other);
    };
    while (!open.empty()) {
      const std::size_t resource = open.back();
      open.pop_back();
      for (std::size_t dependent : dependents_[resource]) hold(dependent);
      for (std::size_t need : graph_.needs[resource]) hold(need);
    }
  }

  bool is_there(const ResourceId& id) const {
    const auto [first, last] = inputs_.snapshot.objects.equal_range(id);
    return std::any_of(first, last, [&](const auto& entry) { return is_ours(inputs_, entry.second); });
  }

  /// What may exist where nobody could look is no part of "destroyed".
  void report_unread() {
    for (const Resource& resource : inputs_.resources) {
      const Driver* driver = inputs_.registry.driver(resource.id.kind);
      if (driver == nullptr || driver->traits().pure_check || is_there(resource.id)) continue;
      for (const std::string& connection : resource.connection.candidates) {
        const auto state = inputs_.snapshot.scopes.find({connection, resource.id.kind});
        if (state == inputs_.snapshot.scopes.end() || state->second.complete) continue;
        plan_.unknown.push_back({resource.id, resource.group, state->second.why_unknown, std::nullopt});
        break;
      }
    }
  }

  /// A create whose answer was lost may still become an object after everything else is gone.
  void await_open_creates() {
    for (const OpenCreate& open : inputs_.memory.open_creates) {
      const auto wanted = graph_.index.find(open.id);
      if (has_appeared(open) || !wanted || open.quiet_until <= inputs_.now) continue;
      const Resource& resource = inputs_.resources[*wanted];
      if (vanishes_with_container(resource)) continue;
      if (inputs_.memory.another_run)
        plan_.unknown.push_back(
            {open.id, resource.group, "another run has begun to create it; destroy when that has ended", std::nullopt});
      else if (resource.lifecycle.protect == Protection::on)
        plan_.unknown.push_back({open.id, resource.group,
                                 "an earlier create got no clear answer and it may still appear; it is protected",
                                 std::nullopt});
      else
        add_look_up(open, resource, *wanted);
    }
  }

  void add_look_up(const OpenCreate& open, const Resource& resource, std::size_t wanted) {
    Step step;
    step.verb = Verb::remove;
    step.start = Start::look_up;
    step.id = open.id;
    step.connection = open.connection;
    step.group = resource.group;
    step.origin = resource.origin;
    step.reason = "an earlier create got no clear answer and may still appear";
    step.incarnation = open.incarnation;
    step.quiet_until = open.quiet_until;
    if (const auto target = inputs_.registry.driver(open.id.kind)->flushed_by(open.id))
      step.flush = steps_.flush_of(open.connection, *target);
    removed_[wanted].push_back(steps_.add(std::move(step)));
  }

  /// A removal needs the removals of everything that depends on it; a dependent without a step passes its own on.
  void link_dependents() {
    for (const auto& [resource, own_steps] : removed_) {
      std::vector<std::size_t> open = dependents_[resource];
      std::set<std::size_t> seen;
      while (!open.empty()) {
        const std::size_t dependent = open.back();
        open.pop_back();
        if (!seen.insert(dependent).second) continue;
        const auto found = removed_.find(dependent);
        if (found == removed_.end()) {
          open.insert(open.end(), dependents_[dependent].begin(), dependents_[dependent].end());
          continue;
        }
        for (std::size_t step : own_steps) {
          steps_[step].needs.insert(steps_[step].needs.end(), found->second.begin(), found->second.end());
        }
      }
    }
  }

  /// Beside leftovers, which have no edges, the others go by stage as well: a leftover record before its scope.
  void stage_all() {
    for (const auto& [resource, own_steps] : removed_) {
      for (std::size_t step : own_steps) steps_[step].stage = stage_[steps_[step].id.kind];
    }
  }

  const Inputs& inputs_;
  const Revision newest_;  ///< that was applied
  const Graph& graph_;
  StepList& steps_;
  Plan& plan_;
  bool has_unwanted_ = false;
  std::set<std::string> unknown_kinds_;                               ///< of wanted resources that could not be read
  std::multimap<std::string, const Observed*> unseen_holders_;        ///< of `unseen_`, by the texts they hold
  std::vector<const Observed*> unseen_;                               ///< known to be there once, and not read now
  std::optional<std::map<std::size_t, std::string>> carries_unread_;  ///< wanted ones that unread ones stand on
  std::set<std::size_t> held_;
  std::vector<const Observed*> kept_;  ///< that no manifest wants
  std::vector<std::size_t> unwanted_;  ///< the removals of such
  std::map<std::string, int> stage_;
  std::vector<std::vector<std::size_t>> dependents_;
  std::set<std::tuple<ResourceId, std::string, std::uint64_t>> seen_;
  std::map<std::size_t, std::vector<std::size_t>> removed_;  ///< resource -> its removal steps
};

}  // namespace

void add_removals(const Inputs& inputs, const Graph& graph, StepList& steps, Plan& plan) {
  Removals(inputs, graph, steps, plan).add();
}

}  // namespace muster::plan
