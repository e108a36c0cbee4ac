#include "tests/campaigns/obvious_planner.h"

#include <algorithm>

#include "reconciler/plan/digests.h"
#include "tests/campaigns/planner_world.h"

namespace muster::campaign {
namespace {

using plan::Goal;

enum class Fate {
  undecided,
  same,     // it stays the object it is: unchanged, updated, held or waited for
  made,     // a new object comes: what it will offer is not known
  unknown,  // nothing can be said, or something is in the way
  absent,   // not there, and need not be
  leaving,  // its time is over
};

class ObviousPlanner {
 public:
  explicit ObviousPlanner(const plan::Inputs& inputs) : inputs_(inputs) {}

  Words decide() {
    if (inputs_.options.goal == Goal::converge) {
      // What it needs decides first: as many rounds as there are resources always suffice.
      for (std::size_t round = 0; round < inputs_.resources.size(); ++round) {
        for (const Resource& resource : inputs_.resources) {
          if (fates_[resource.id] == Fate::undecided && needs_are_decided(resource))
            fates_[resource.id] = fate_of(resource);
        }
      }
    }
    decide_removals();
    decide_flushes();
    return std::move(words_);
  }

 private:
  // Looking things up.

  const Resource* wanted(const ResourceId& id) const {
    for (const Resource& resource : inputs_.resources) {
      if (resource.id == id) return &resource;
    }
    return nullptr;
  }

  const Driver& driver(const std::string& kind) const { return *inputs_.registry.driver(kind); }

  bool is_ours(const Observed& object) const {
    return object.ownership == Ownership::ours ||
           (object.ownership == Ownership::claimable && inputs_.memory.claims.contains({object.connection, object.id}));
  }

  /// Each once, although two connections may show it.
  std::vector<const Observed*> seen(const ResourceId& id, bool ours) const {
    std::vector<const Observed*> found;
    for (const auto& [key, object] : inputs_.snapshot.objects) {
      if (key != id || is_ours(object) != ours) continue;
      const auto same = [&object = object](const Observed* other) { return other->backend_id == object.backend_id; };
      if (std::none_of(found.begin(), found.end(), same)) found.push_back(&object);
    }
    return found;
  }

  bool is_complete(const std::string& connection, const std::string& kind) const {
    const auto found = inputs_.snapshot.scopes.find({connection, kind});
    return found != inputs_.snapshot.scopes.end() && found->second.complete;
  }

  /// Absence is evidence only where everything was read: wherever it may live.
  bool may_be_hidden(const Resource& resource) const {
    const std::string& kind = resource.id.kind;
    if (const auto& offered = resource.connection.offered)
      return !is_complete(offered->kind + "/" + offered->by.to_string(), kind);
    if (resource.connection.candidates.empty()) return !is_complete("", kind);
    for (const std::string& connection : resource.connection.candidates) {
      if (!is_complete(connection, kind)) return true;
    }
    return false;
  }

  bool needs_are_decided(const Resource& resource) {
    for (const ResourceId& id : needs_of(resource)) {
      if (wanted(id) != nullptr && fates_[id] == Fate::undecided) return false;
    }
    return true;
  }

  void say(const ResourceId& id, const std::string& word) { words_[id].insert(word); }

  Fate say(const ResourceId& id, const std::string& word, Fate fate) {
    say(id, word);
    return fate;
  }

  // Comparing.

  /// Nothing: it will be known later.
  std::optional<Value> filled(const Value& value) {
    if (value.is_list()) {
      List items;
      for (const Value& item : value.as_list()) {
        const auto one = filled(item);
        if (!one) return std::nullopt;
        items.push_back(*one);
      }
      return Value(std::move(items));
    }
    if (!value.is_hole()) return value;
    const Ref& ref = std::get<Ref>(value.as_hole());
    // A failed object, or one nobody could read, still has the address it was born with.
    if ((fates_[ref.id] != Fate::same && fates_[ref.id] != Fate::unknown) || !keepers_.contains(ref.id))
      return std::nullopt;
    const Observed& object = *keepers_.at(ref.id);
    if (ref.attribute == "incarnation")
      return object.stamp ? std::optional<Value>(object.incarnation().to_string()) : std::nullopt;
    if (ref.attribute == "backend_id") return object.backend_id;
    const Value& attribute = object.attributes.at(ref.attribute);
    return attribute.is_null() ? std::nullopt : std::optional(attribute);
  }

  static std::multiset<std::string> members(const Value& value) {
    std::multiset<std::string> found;
    if (value.is_list()) {
      for (const Value& item : value.as_list()) found.insert(to_canonical_json(item));
    }
    return found;
  }

  bool differs(const Field& field, const Resource& resource, const Observed& object) {
    if (field.computed != Computed::no || field.compare == Compare::not_compared) return false;
    const Value& declared =
        resource.wanted.at(field.name).is_null() ? field.default_value : resource.wanted.at(field.name);
    if (declared.is_null()) return false;
    if (field.compare == Compare::create_time) {
      if (!object.stamp) return false;
      const auto stamped = object.stamp->digests.find(field.name);
      return stamped == object.stamp->digests.end() || stamped->second != plan::field_digest(declared);
    }
    const auto value = filled(declared);
    if (!value) return true;
    const Value& there = object.attributes.at(field.name);
    return field.type == Type::set ? members(*value) != members(there) || !there.is_list() : *value != there;
  }

  bool differs_in_place(const Resource& resource, const Observed& object) {
    if (object.stamp && object.stamp->protect != resource.lifecycle.protect) return true;
    for (const Field& field : driver(resource.id.kind).schema().fields) {
      if (field.mutability == Mutability::updatable && differs(field, resource, object)) return true;
    }
    return false;
  }

  bool differs_for_good(const Resource& resource, const Observed& object) {
    for (const Field& field : driver(resource.id.kind).schema().fields) {
      if (field.mutability == Mutability::immutable && differs(field, resource, object)) return true;
    }
    return false;
  }

  bool is_newer(const Observed& object) const {
    return object.stamp && !inputs_.options.rollback && inputs_.fleet.revision.time != 0 &&
           object.stamp->revision.time > inputs_.fleet.revision.time;
  }

  static bool is_protected(const Observed& object) { return object.stamp && object.stamp->protect; }

  // One wanted resource.

  /// Whether `a` is rather kept than `b`.
  bool is_better(const Resource& resource, const Observed& a, const Observed& b) {
    const auto lost = [](const Observed& object) {
      return object.condition == Condition::failed || object.condition == Condition::deleting;
    };
    if (lost(a) != lost(b)) return lost(b);
    if (differs_for_good(resource, a) != differs_for_good(resource, b)) return differs_for_good(resource, b);
    const bool a_ready = a.condition == Condition::ready;
    if (a_ready != (b.condition == Condition::ready)) return a_ready;
    const auto age = [](const Observed& object) { return object.created == Time{} ? Time::max() : object.created; };
    if (age(a) != age(b)) return age(a) < age(b);
    return a.backend_id < b.backend_id;
  }

  bool is_over(const Resource& resource) const {
    return resource.lifecycle.until && *resource.lifecycle.until <= inputs_.now;
  }

  Fate fate_of(const Resource& resource) {
    const ResourceId& id = resource.id;
    const std::vector<const Observed*> ours = seen(id, true);
    const bool is_check = driver(id.kind).traits().pure_check;
    if (is_over(resource)) {
      if (ours.empty() && may_be_hidden(resource))
        fate_of_unreadable(id);
      else if (ours.empty() || is_check)
        say(id, "scheduled");
      return Fate::leaving;
    }
    if (!ours.empty()) return fate_of_seen(resource, ours);
    if (may_be_hidden(resource)) return fate_of_unreadable(id);
    for (const Observed* foreign : seen(id, false)) {
      if (foreign->condition == Condition::unknown) return fate_of_unreadable(id);
    }
    if (!seen(id, false).empty()) return say(id, "problem", Fate::unknown);
    const plan::OpenCreate* open = open_create(id);
    if (resource.lifecycle.from && inputs_.now < *resource.lifecycle.from && open == nullptr)
      return say(id, "scheduled", Fate::absent);
    if (waits_in_vain(resource)) return say(id, "unknown", Fate::unknown);
    return say(id, open == nullptr ? "create" : "create look-up " + open->incarnation.to_string(), Fate::made);
  }

  Fate fate_of_unreadable(const ResourceId& id) {
    unread_kinds_.insert(id.kind);
    return say(id, "unknown", Fate::unknown);
  }

  /// Something it needs will not come in this plan: it is not there, or a value of it is missing.
  bool waits_in_vain(const Resource& resource) {
    for (const ResourceId& id : needs_of(resource)) {
      if (wanted(id) == nullptr || fates_[id] == Fate::same || fates_[id] == Fate::made) continue;
      if (!keepers_.contains(id) || fates_[id] == Fate::leaving) return true;
      for (const Ref& ref : refs_in(resource.wanted)) {
        if (ref.id == id && !filled(Value(Hole(ref)))) return true;
      }
    }
    return false;
  }

  const plan::OpenCreate* open_create(const ResourceId& id) const {
    for (const plan::OpenCreate& open : inputs_.memory.open_creates) {
      if (open.id == id && driver(id.kind).traits().stampable) return &open;
    }
    return nullptr;
  }

  Fate fate_of_seen(const Resource& resource, const std::vector<const Observed*>& ours) {
    const ResourceId& id = resource.id;
    const Observed* keeper = ours.front();
    for (const Observed* object : ours) {
      if (object->stamp && object->stamp->form > stamp_form) return say(id, "problem", Fate::unknown);
      if (is_better(resource, *object, *keeper)) keeper = object;
    }
    keepers_[id] = keeper;
    const Fate fate = fate_of_keeper(resource, *keeper);
    if (fate == Fate::unknown) return fate;
    for (const Observed* object : ours) {
      if (object != keeper) remove_twin(*object);
    }
    return fate;
  }

  void remove_twin(const Observed& object) {
    if (object.condition == Condition::unknown)
      fate_of_unreadable(object.id);
    else if (is_protected(object) || is_newer(object))
      say(object.id, "held");
    else
      say(object.id, (object.condition == Condition::deleting ? "delete wait " : "delete ") + object.backend_id);
  }

  Fate fate_of_keeper(const Resource& resource, const Observed& object) {
    const ResourceId& id = resource.id;
    const std::string& name = object.backend_id;
    switch (object.condition) {
      case Condition::incomplete:
        return act(resource, {"create resume " + name}, Fate::same);
      case Condition::progressing:
        return act(resource, {"create wait " + name}, Fate::same);
      case Condition::deleting:
        return act(resource, {"delete wait " + name, "create"}, Fate::made);
      case Condition::unknown:
        return fate_of_unreadable(id);
      case Condition::failed:
        return fate_of_failed(resource, object);
      case Condition::ready:
        break;
    }
    return fate_of_ready(resource, object);
  }

  /// Says the steps, if what they need will be there.
  Fate act(const Resource& resource, const std::vector<std::string>& steps, Fate fate) {
    if (waits_in_vain(resource)) return say(resource.id, "unknown", Fate::unknown);
    for (const std::string& step : steps) say(resource.id, step);
    return fate;
  }

  Fate fate_of_failed(const Resource& resource, const Observed& object) {
    const bool was_ready = object.ever_ready || inputs_.memory.known.contains(resource.id);
    if (was_ready || resource.lifecycle.on_failed == OnFailed::report || is_protected(object) ||
        resource.lifecycle.protect || is_newer(object))
      return say(resource.id, "problem", Fate::unknown);
    return replace(resource, object);
  }

  Fate replace(const Resource& resource, const Observed& object) {
    return act(resource, {"replace old " + object.backend_id, "replace new"}, Fate::made);
  }

  Fate fate_of_ready(const Resource& resource, const Observed& object) {
    const ResourceId& id = resource.id;
    const bool in_place = differs_in_place(resource, object);
    const bool for_good = differs_for_good(resource, object);
    if (!in_place && !for_good) return Fate::same;
    if (is_newer(object)) return say(id, "held", Fate::same);
    if (for_good) {
      const bool may =
          resource.lifecycle.replace == ReplacePolicy::now && !is_protected(object) && !resource.lifecycle.protect;
      if (may) return replace(resource, object);
      say(id, "held");
    }
    return in_place ? act(resource, {"update " + object.backend_id}, Fate::same) : Fate::same;
  }

  // What shall go.

  bool destroys() const { return inputs_.options.goal == Goal::destroy; }

  bool shall_go(const ResourceId& id) const {
    const Resource* resource = wanted(id);
    if (destroys()) return resource != nullptr || inputs_.options.leftovers;
    return resource == nullptr || is_over(*resource);
  }

  void decide_removals() {
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      if (!is_ours(object) || !shall_go(id) || is_shown_elsewhere(object)) continue;
      const std::string stays = why_it_stays(object);
      if (!stays.empty()) say(id, stays);
    }
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      if (!is_ours(object) || !shall_go(id) || is_shown_elsewhere(object) || !why_it_stays(object).empty()) continue;
      if (belongs_to_what_stays(object))
        say(id, "held");
      else if (!vanishes_with_its_container(id) && !driver(id.kind).traits().pure_check)
        say(id, (object.condition == Condition::deleting ? "delete wait " : "delete ") + object.backend_id);
    }
    if (!destroys()) return;
    for (const Resource& resource : inputs_.resources) {
      if (driver(resource.id.kind).traits().pure_check) continue;
      const std::vector<const Observed*> ours = seen(resource.id, true);
      if (ours.empty() && !resource.connection.offered && may_be_hidden(resource)) say(resource.id, "unknown");
      for (const plan::OpenCreate& open : inputs_.memory.open_creates) {
        const auto is_it = [&](const Observed* object) { return object->incarnation() == open.incarnation; };
        if (open.id == resource.id && inputs_.now < open.quiet_until && std::none_of(ours.begin(), ours.end(), is_it))
          say(resource.id, "unknown");
      }
    }
  }

  /// Through a connection that comes first.
  bool is_shown_elsewhere(const Observed& object) const {
    for (const auto& [id, other] : inputs_.snapshot.objects) {
      if (id == object.id && is_ours(other) && other.backend_id == object.backend_id &&
          other.connection < object.connection)
        return true;
    }
    return false;
  }

  /// By itself. Empty: it does not.
  std::string why_it_stays(const Observed& object) const {
    const Resource* resource = wanted(object.id);
    if (driver(object.id.kind).traits().pure_check) return "";
    if (object.condition == Condition::unknown) return "unknown";
    if (resource == nullptr && inputs_.options.partial) return "held";
    if (resource == nullptr && unread_kinds_.contains(object.id.kind)) return "unknown";
    if (may_carry_unread(object)) return "unknown";
    if (is_protected(object) || is_newer(object)) return "held";
    return resource != nullptr && resource->lifecycle.protect ? "held" : "";
  }

  std::size_t position(const std::string& kind) const {
    const std::vector<std::string>& order = inputs_.registry.creation_order();
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), kind) - order.begin());
  }

  /// Whether what stands on it may be there and could not be read.
  bool may_carry_unread(const Observed& object) const {
    for (const auto& [scope, state] : inputs_.snapshot.scopes) {
      if (!state.complete && scope.connection == object.connection && position(scope.kind) > position(object.id.kind))
        return true;
    }
    for (const Resource& other : inputs_.resources) {
      if (needs_of(other).contains(object.id) && is_unread(other)) return true;
    }
    return false;
  }

  bool is_unread(const Resource& resource) const {
    for (const std::string& connection : resource.connection.candidates) {
      if (!is_complete(connection, resource.id.kind)) return true;
    }
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      if (id != resource.id || !is_ours(object) || driver(id.kind).traits().pure_check) continue;
      if (object.condition == Condition::unknown || may_carry_unread(object)) return true;
    }
    for (const Resource& other : inputs_.resources) {
      if (needs_of(other).contains(resource.id) && is_unread(other)) return true;
    }
    return false;
  }

  bool vanishes_with_its_container(const ResourceId& id) const {
    const Resource* resource = wanted(id);
    return resource != nullptr && resource->inside && wanted(*resource->inside) != nullptr &&
           shall_go(*resource->inside) && !seen(*resource->inside, true).empty();
  }

  /// What was made for a thing that stays, and what that stands on.
  bool belongs_to_what_stays(const Observed& object) const {
    if (driver(object.id.kind).traits().pure_check || vanishes_with_its_container(object.id)) return false;
    const Resource* resource = wanted(object.id);
    if (resource == nullptr) return belongs_to_what_nobody_wants(object);
    std::set<ResourceId> staying;
    for (const Resource& other : inputs_.resources) {
      if (!shall_go(other.id)) continue;
      for (const Observed* seen_object : seen(other.id, true)) {
        if (why_it_stays(*seen_object) == "held" && (wanted(other.id) != nullptr)) staying.insert(other.id);
      }
    }
    const std::set<ResourceId> by_themselves = staying;
    // Along links, as far as things lead that would go.
    for (bool grows = true; grows;) {
      grows = false;
      for (const Resource& a : inputs_.resources) {
        for (const Resource& b : inputs_.resources) {
          const bool linked = needs_of(a).contains(b.id) || needs_of(b).contains(a.id);
          if (!linked || !staying.contains(a.id) || staying.contains(b.id) || !would_go(b.id)) continue;
          staying.insert(b.id);
          grows = true;
        }
      }
    }
    return staying.contains(object.id) && !by_themselves.contains(object.id);
  }

  bool would_go(const ResourceId& id) const {
    if (!shall_go(id) || vanishes_with_its_container(id) || driver(id.kind).traits().pure_check) return false;
    const std::vector<const Observed*> ours = seen(id, true);
    return std::any_of(ours.begin(), ours.end(), [&](const Observed* object) { return why_it_stays(*object).empty(); });
  }

  /// It holds what one that stays was born with, or is the mark where such a one lies.
  bool belongs_to_what_nobody_wants(const Observed& object) const {
    for (const auto& [id, other] : inputs_.snapshot.objects) {
      if (wanted(id) != nullptr || !is_ours(other) || id == object.id) continue;
      const bool is_mark = driver(object.id.kind).traits().is_mark;
      if (!is_mark && why_it_stays(other) == "held" && !inputs_.options.partial && holds_birth_of(object, other))
        return true;
      if (is_mark && !driver(id.kind).traits().is_mark && why_it_stays(other).empty() &&
          belongs_to_what_nobody_wants(other) && other.attributes.at("zone") == object.attributes.at("zone"))
        return true;
    }
    return false;
  }

  bool holds_birth_of(const Observed& object, const Observed& other) const {
    for (const Field& field : driver(other.id.kind).schema().fields) {
      const Value& born = other.attributes.at(field.name);
      if (field.computed != Computed::born || born.is_null()) continue;
      for (const auto& [name, value] : object.attributes.as_map()) {
        if (value == born || members(value).contains(to_canonical_json(born))) return true;
      }
    }
    return false;
  }

  void decide_flushes() {
    std::set<ResourceId> targets;
    for (const auto& [id, words] : words_) {
      const auto target = driver(id.kind).flushed_by(id);
      if (!target) continue;
      for (const std::string& word : words) {
        if (word.starts_with("create") || word.starts_with("update") || word.starts_with("delete") ||
            word.starts_with("replace"))
          targets.insert(*target);
      }
    }
    for (const plan::Debt& debt : inputs_.memory.debts) {
      bool unread = false;
      for (const auto& [scope, state] : inputs_.snapshot.scopes) {
        if (scope.connection == debt.connection && !state.complete &&
            driver(scope.kind).flush_kind() == debt.target.kind)
          unread = true;
      }
      if (unread)
        say(debt.target, "unknown");
      else
        targets.insert(debt.target);
    }
    for (const ResourceId& target : targets) say(target, "flush");
  }

  const plan::Inputs& inputs_;
  std::map<ResourceId, Fate> fates_;
  std::map<ResourceId, const Observed*> keepers_;
  std::set<std::string> unread_kinds_;  ///< of wanted resources that could not be read themselves
  Words words_;
};

std::string word_of(const plan::Step& step) {
  std::string word(to_string(step.verb));
  if (step.verb == Verb::flush) return word;
  if (step.half == plan::Half::create_new) return word + " new";
  if (step.half == plan::Half::remove_old) word += " old";
  if (step.start == plan::Start::resume) word += " resume";
  if (step.start == plan::Start::wait) word += " wait";
  if (step.start == plan::Start::look_up) word += " look-up " + step.incarnation.to_string();
  if (step.object) word += " " + step.object->backend_id;
  return word;
}

}  // namespace

Words words_of(const plan::Plan& plan) {
  Words words;
  for (const plan::Step& step : plan.steps) words[step.id].insert(word_of(step));
  for (const plan::Held& held : plan.held) words[held.id].insert("held");
  for (const plan::Unknown& unknown : plan.unknown) words[unknown.id].insert("unknown");
  for (const auto& [id, problem] : plan.blocked) words[id].insert("problem");
  for (const plan::Scheduled& scheduled : plan.scheduled) words[scheduled.id].insert("scheduled");
  return words;
}

Words obvious_words(const plan::Inputs& inputs) { return ObviousPlanner(inputs).decide(); }

}  // namespace muster::campaign
