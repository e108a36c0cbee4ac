#include "tests/campaigns/obvious_planner.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reconciler/plan/digests.h"
#include "reconciler/plan/refs.h"
#include "tests/campaigns/obvious_facts.h"
#include "tests/campaigns/obvious_flushes.h"
#include "tests/campaigns/obvious_removals.h"
#include "tests/campaigns/planner_world.h"

namespace muster::campaign {
namespace {

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
  explicit ObviousPlanner(const plan::Inputs& inputs) : inputs_(inputs), facts_(inputs) {}

  Words decide() {
    if (inputs_.options.goal == plan::Goal::converge) {
      while (decide_wanted()) forget();
    }
    say_removals(inputs_, unread_kinds_, words_);
    say_flushes(inputs_, words_);
    return std::move(words_);
  }

 private:
  /// Whether it has to be done again, since something is not rolled after all.
  bool decide_wanted() {
    // What it needs decides first: as many rounds as there are resources always suffice.
    for (std::size_t round = 0; round < inputs_.resources.size(); ++round) {
      for (const Resource& resource : inputs_.resources) {
        if (fates_[resource.id] == Fate::undecided && needs_are_decided(resource))
          fates_[resource.id] = fate_of(resource);
      }
    }
    const std::size_t before = not_rolled_.size();
    for (const Resource& resource : inputs_.resources) {
      if (resource.lifecycle.replace == ReplacePolicy::roll) see_readers_off(resource);
    }
    return not_rolled_.size() > before;
  }

  void forget() {
    fates_.clear();
    keepers_.clear();
    leaving_.clear();
    holds_.clear();
    unread_kinds_.clear();
    words_.clear();
  }

  bool needs_are_decided(const Resource& resource) {
    for (const ResourceId& id : needs_of(resource)) {
      if (facts_.wanted(id) != nullptr && fates_[id] == Fate::undecided) return false;
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
    return field.type == Type::set ? ObviousFacts::members(*value) != ObviousFacts::members(there) || !there.is_list()
                                   : *value != there;
  }

  bool differs_in_place(const Resource& resource, const Observed& object) {
    const bool is_said = resource.lifecycle.protect != Protection::unsaid;
    if (object.stamp && is_said && object.stamp->protect != (resource.lifecycle.protect == Protection::on)) return true;
    for (const Field& field : facts_.driver(resource.id.kind).schema().fields) {
      if (field.mutability == Mutability::updatable && differs(field, resource, object)) return true;
    }
    return false;
  }

  bool differs_for_good(const Resource& resource, const Observed& object) {
    for (const Field& field : facts_.driver(resource.id.kind).schema().fields) {
      if (field.mutability == Mutability::immutable && differs(field, resource, object)) return true;
    }
    return false;
  }

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

  Fate fate_of(const Resource& resource) {
    const ResourceId& id = resource.id;
    const std::vector<const Observed*> ours = facts_.seen(id, true);
    const bool is_check = facts_.driver(id.kind).traits().pure_check;
    if (facts_.is_over(resource)) {
      if (ours.empty() && facts_.may_be_hidden(resource))
        fate_of_unreadable(id);
      else if (ours.empty() || is_check)
        say(id, "scheduled");
      return Fate::leaving;
    }
    if (!goes_with_its_container(resource)) {
      if (!ours.empty()) return fate_of_seen(resource, ours);
      if (facts_.may_be_hidden(resource)) return fate_of_unreadable(id);
      for (const Observed* foreign : facts_.seen(id, false)) {
        if (foreign->condition == Condition::unknown) return fate_of_unreadable(id);
      }
      if (!facts_.seen(id, false).empty()) return say(id, "problem", Fate::unknown);
    }
    const std::string look_up = look_up_of(id);
    if (facts_.is_early(resource) && look_up.empty()) return say(id, "scheduled", Fate::absent);
    return act(resource, {"create" + look_up}, Fate::made);
  }

  /// Whatever is inside of what is made anew is made again, and what is there now, read or not, no longer counts.
  bool goes_with_its_container(const Resource& resource) {
    return resource.inside && facts_.wanted(*resource.inside) != nullptr && fates_[*resource.inside] == Fate::made;
  }

  Fate fate_of_unreadable(const ResourceId& id) {
    unread_kinds_.insert(id.kind);
    return say(id, "unknown", Fate::unknown);
  }

  /// Something it needs will not come in this plan: it is not there, or a value of it is missing.
  bool waits_in_vain(const Resource& resource) {
    for (const ResourceId& id : needs_of(resource)) {
      if (facts_.wanted(id) == nullptr || fates_[id] == Fate::same || fates_[id] == Fate::made) continue;
      if (!keepers_.contains(id) || fates_[id] == Fate::leaving) return true;
      for (const Ref& ref : refs_in(resource.wanted)) {
        if (ref.id == id && !filled(Value(Hole(ref)))) return true;
      }
    }
    return false;
  }

  /// Behind whatever makes a new object: a create whose answer nobody saw, and whose object has not appeared, may still
  /// become one.
  std::string look_up_of(const ResourceId& id) const {
    if (!facts_.driver(id.kind).traits().stampable) return {};
    for (const plan::OpenCreate& open : inputs_.memory.open_creates) {
      const std::vector<const Observed*> ours = facts_.seen(id, true);
      const auto is_it = [&](const Observed* object) { return object->incarnation() == open.incarnation; };
      if (open.id == id && std::none_of(ours.begin(), ours.end(), is_it))
        return " look-up " + open.incarnation.to_string();
    }
    return {};
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
      if (object != keeper) remove_twin(*object, words_[id].contains("replace new" + look_up_of(id)));
    }
    return fate;
  }

  /// One that never worked does not wait for anything where yet another one is made.
  void remove_twin(const Observed& object, bool is_replaced) {
    if (object.condition == Condition::unknown)
      fate_of_unreadable(object.id);
    else if (facts_.is_protected(object) || facts_.is_newer(object))
      say(object.id, "held");
    else if (object.condition == Condition::deleting)
      say(object.id, "delete wait " + object.backend_id);
    else if (is_replaced && object.condition == Condition::failed && !object.ever_ready)
      say(object.id, "delete " + object.backend_id);
    else
      leave(object.id, "delete " + object.backend_id);
  }

  /// It goes once nothing uses it any more.
  void leave(const ResourceId& id, const std::string& word) {
    say(id, word);
    leaving_[id].insert(word);
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
        return act(resource, {"delete wait " + name, "create" + look_up_of(id)}, Fate::made);
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
    if (was_ready || resource.lifecycle.on_failed == OnFailed::report || facts_.is_protected(object) ||
        resource.lifecycle.protect == Protection::on || facts_.is_newer(object))
      return say(resource.id, "problem", Fate::unknown);
    return replace(resource, object);
  }

  Fate replace(const Resource& resource, const Observed& object) {
    return act(resource, {"replace old " + object.backend_id, "replace new" + look_up_of(resource.id)}, Fate::made);
  }

  Fate fate_of_ready(const Resource& resource, const Observed& object) {
    const ResourceId& id = resource.id;
    if (lies_elsewhere(resource, object)) {
      holds_.insert(id);
      return say(id, "held", Fate::same);
    }
    const bool in_place = differs_in_place(resource, object);
    const bool for_good = differs_for_good(resource, object);
    if (!in_place && !for_good) return Fate::same;
    if (facts_.is_newer(object)) {
      holds_.insert(id);
      return say(id, "held", Fate::same);
    }
    if (for_good) {
      const ReplacePolicy policy = resource.lifecycle.replace;
      const bool rolls = policy == ReplacePolicy::roll;
      const bool may = (policy == ReplacePolicy::now || rolls) && !facts_.is_protected(object) &&
                       resource.lifecycle.protect != Protection::on;
      if (may && rolls &&
          (facts_.is_entangled(resource) || not_rolled_.contains(id) || !facts_.can_read_readers(resource))) {
        holds_.insert(id);
        return say(id, "held", Fate::same);
      }
      if (may) {
        const Fate fate = replace(resource, object);
        if (fate == Fate::made && facts_.driver(id.kind).traits().coexists)
          leaving_[id].insert("replace old " + object.backend_id);
        return fate;
      }
      holds_.insert(id);
      say(id, "held");
    }
    return in_place ? act(resource, {"update " + object.backend_id}, Fate::same) : Fate::same;
  }

  /// None of its connections shows it.
  bool lies_elsewhere(const Resource& resource, const Observed& object) const {
    if (resource.connection.candidates.empty()) return false;
    for (const std::string& connection : resource.connection.candidates) {
      if (!facts_.is_complete(connection, resource.id.kind)) return false;
      for (const Observed* copy : all_copies(resource.id))
        if (copy->connection == connection && copy->backend_id == object.backend_id &&
            copy->incarnation() == object.incarnation())
          return false;
    }
    return true;
  }

  std::vector<const Observed*> all_copies(const ResourceId& id) const {
    std::vector<const Observed*> copies;
    for (const auto& [other, object] : inputs_.snapshot.objects)
      if (other == id) copies.push_back(&object);
    return copies;
  }

  // Rolls.

  /// Old ones stay while something that reads them does not follow. What follows or has followed is known to be
  /// published, or else is published again.
  void see_readers_off(const Resource& resource) {
    const auto old = leaving_.find(resource.id);
    if (old == leaving_.end()) return;
    std::vector<const Resource*> follow;
    bool all_follow = true;
    for (const Resource* reader : facts_.readers_of(resource.id)) {
      if (has_step(reader->id)) continue;
      if (cannot_be_told(reader->id)) all_follow = false;
      if (ObviousFacts::refers(*reader, resource.id) && stays_behind(reader->id)) all_follow = false;
      if (!is_going_on(reader->id)) follow.push_back(reader);
    }
    if (!all_follow && words_[resource.id].contains("replace new" + look_up_of(resource.id))) {
      not_rolled_.insert(resource.id);
      return;
    }
    if (!all_follow) {
      for (const std::string& word : old->second) words_[resource.id].erase(word);
      say(resource.id, "held");
      return;
    }
    for (const Resource* reader : follow) {
      const auto keeper = keepers_.find(reader->id);
      if (keeper == keepers_.end() || facts_.is_over(*reader) || reader->id.kind != "test.record") continue;
      if (!is_published(*reader)) say(reader->id, "update " + keeper->second->backend_id);
    }
  }

  bool has_step(const ResourceId& id) const {
    const auto words = words_.find(id);
    if (words == words_.end()) return false;
    return std::any_of(words->second.begin(), words->second.end(), [](const std::string& word) {
      const bool makes = word.starts_with("create") || word.starts_with("update") || word.starts_with("replace new");
      return makes && !goes_on(word);
    });
  }

  /// An earlier create of which nothing is taken back.
  static bool goes_on(const std::string& word) {
    return word.starts_with("create wait") || word.starts_with("create resume");
  }

  /// It would have to be published again, after something that this plan does not make.
  bool waits_for_what_is_not_made(const ResourceId& id) const {
    const Resource& reader = *facts_.wanted(id);
    if (has_step(id) || !keepers_.contains(id) || facts_.is_over(reader) || is_published(reader)) return false;
    const std::set<ResourceId> needs = needs_of(reader);
    return std::any_of(needs.begin(), needs.end(), [&](const ResourceId& need) {
      return facts_.wanted(need) != nullptr && !keepers_.contains(need) && !has_any_step(need);
    });
  }

  bool has_any_step(const ResourceId& id) const {
    const auto words = words_.find(id);
    if (words == words_.end()) return false;
    return std::any_of(words->second.begin(), words->second.end(), [](const std::string& word) {
      return word.starts_with("create") || word.starts_with("update") || word.starts_with("replace new");
    });
  }

  bool is_going_on(const ResourceId& id) const {
    const auto words = words_.find(id);
    return words != words_.end() && std::any_of(words->second.begin(), words->second.end(), goes_on);
  }

  /// Whatever it refers to: nobody knows what it says, or will say.
  bool cannot_be_told(const ResourceId& id) const {
    if (waits_for_what_is_not_made(id)) return true;
    const auto words = words_.find(id);
    if (words == words_.end() || fates_.at(id) != Fate::unknown) return false;
    return words->second.contains("unknown") || keepers_.contains(id);
  }

  bool stays_behind(const ResourceId& id) const { return is_going_on(id) || holds_.contains(id); }

  bool is_published(const Resource& reader) const {
    const Value says = plan::fill_refs(reader.wanted, [this](const Ref& ref) -> std::optional<Value> {
      const auto keeper = keepers_.find(ref.id);
      return keeper == keepers_.end() ? std::nullopt : plan::attribute_of(*keeper->second, ref.attribute);
    });
    const auto applied = inputs_.memory.applied(reader.id);
    return applied && *applied == plan::applied_digests(facts_.driver(reader.id.kind).schema(), says);
  }

  const plan::Inputs& inputs_;
  const ObviousFacts facts_;
  std::map<ResourceId, Fate> fates_;
  std::map<ResourceId, const Observed*> keepers_;
  std::map<ResourceId, std::set<std::string>> leaving_;  ///< what is said of those that go last
  std::set<ResourceId> not_rolled_;                      ///< since not all would follow
  std::set<ResourceId> holds_;                           ///< a difference of theirs is held
  std::set<std::string> unread_kinds_;                   ///< of wanted resources that could not be read themselves
  Words words_;
};

}  // namespace

Words obvious_words(const plan::Inputs& inputs) { return ObviousPlanner(inputs).decide(); }

}  // namespace muster::campaign
