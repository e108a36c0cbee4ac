#include "tests/campaigns/obvious_removals.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tests/campaigns/obvious_facts.h"
#include "tests/campaigns/planner_world.h"

namespace muster::campaign {
namespace {

class Removals {
 public:
  Removals(const plan::Inputs& inputs, const std::set<std::string>& unread_kinds, Words& words)
      : inputs_(inputs), facts_(inputs), unread_kinds_(unread_kinds), words_(words) {}

  void decide() {
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      if (!facts_.is_ours(object) || !facts_.shall_go(id) || is_shown_elsewhere(object)) continue;
      const std::string stays = why_it_stays(object);
      if (!stays.empty()) say(id, stays);
    }
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      if (!facts_.is_ours(object) || !facts_.shall_go(id) || is_shown_elsewhere(object) ||
          !why_it_stays(object).empty())
        continue;
      if (belongs_to_what_stays(object))
        say(id, "held");
      else if (!vanishes_with_its_container(id) && !facts_.driver(id.kind).traits().pure_check)
        say(id, (object.condition == Condition::deleting ? "delete wait " : "delete ") + object.backend_id);
    }
    if (!facts_.destroys()) return;
    for (const Resource& resource : inputs_.resources) {
      if (facts_.driver(resource.id.kind).traits().pure_check) continue;
      const std::vector<const Observed*> ours = facts_.seen(resource.id, true);
      if (ours.empty() && !resource.connection.offered && facts_.may_be_hidden(resource)) say(resource.id, "unknown");
      const plan::OpenCreate* open = open_create_of(resource);
      if (open == nullptr) continue;
      if (resource.lifecycle.protect == Protection::on)
        say(resource.id, "unknown");
      else
        say(resource.id,
            is_linked_to_what_stays(resource.id) ? "held" : "delete look-up " + open->incarnation.to_string());
    }
  }

 private:
  void say(const ResourceId& id, const std::string& word) { words_[id].insert(word); }

  /// One that a destroy has to wait for: it may still lead to an object.
  const plan::OpenCreate* open_create_of(const Resource& resource) const {
    if (!facts_.destroys() || vanishes_with_its_container(resource.id)) return nullptr;
    const std::vector<const Observed*> ours = facts_.seen(resource.id, true);
    for (const plan::OpenCreate& open : inputs_.memory.open_creates) {
      const auto is_it = [&](const Observed* object) { return object->incarnation() == open.incarnation; };
      if (open.id == resource.id && inputs_.now < open.quiet_until && std::none_of(ours.begin(), ours.end(), is_it))
        return &open;
    }
    return nullptr;
  }

  /// Through a connection that comes first.
  bool is_shown_elsewhere(const Observed& object) const {
    for (const auto& [id, other] : inputs_.snapshot.objects) {
      if (id == object.id && facts_.is_ours(other) && other.backend_id == object.backend_id &&
          other.connection < object.connection)
        return true;
    }
    return false;
  }

  /// By itself. Empty: it does not.
  std::string why_it_stays(const Observed& object) const {
    const Resource* resource = facts_.wanted(object.id);
    if (facts_.driver(object.id.kind).traits().pure_check) return "";
    if (object.condition == Condition::unknown) return "unknown";
    if (resource == nullptr && inputs_.options.partial) return "held";
    if (resource == nullptr && unread_kinds_.contains(object.id.kind)) return "unknown";
    if (may_carry_unread(object) || may_mark_unread(object)) return "unknown";
    if (resource == nullptr && an_unread_one_was_made_for(object)) return "unknown";
    if (resource == nullptr && a_newer_revision_was_applied()) return "held";
    const bool is_lifted = resource != nullptr && !facts_.destroys() && facts_.is_over(*resource) &&
                           resource->lifecycle.protect == Protection::off;
    if ((facts_.is_protected(object) && !is_lifted) || facts_.is_newer(object)) return "held";
    return resource != nullptr && resource->lifecycle.protect == Protection::on ? "held" : "";
  }

  bool an_unread_one_was_made_for(const Observed& object) const {
    for (const auto& [id, other] : inputs_.snapshot.objects) {
      if (other.condition == Condition::unknown && facts_.is_ours(other) && other.attributes.is_map() &&
          facts_.position(id.kind) > facts_.position(object.id.kind) && holds_birth_of(other, object))
        return true;
    }
    return false;
  }

  bool a_newer_revision_was_applied() const {
    for (const auto& [id, object] : inputs_.snapshot.objects)
      if (facts_.is_ours(object) && facts_.is_newer(object)) return true;
    return false;
  }

  /// Whether what stands on it may be there and could not be read.
  bool may_carry_unread(const Observed& object) const {
    for (const auto& [scope, state] : inputs_.snapshot.scopes) {
      if (!state.complete && scope.connection == object.connection &&
          facts_.position(scope.kind) > facts_.position(object.id.kind))
        return true;
    }
    for (const Resource& other : inputs_.resources) {
      if (needs_of(other).contains(object.id) && is_unread(other)) return true;
    }
    return false;
  }

  /// What was known to lie where it stands, or nobody knows where, cannot be told from foreign things without it.
  bool may_mark_unread(const Observed& object) const {
    if (!facts_.driver(object.id.kind).traits().is_mark) return false;
    for (const auto& [id, other] : inputs_.snapshot.objects) {
      if (other.condition != Condition::unknown || other.connection != object.connection ||
          facts_.position(id.kind) <= facts_.position(object.id.kind))
        continue;
      const bool is_elsewhere = other.attributes.is_map() && !other.attributes.as_map().empty() &&
                                other.attributes.at("zone") != object.attributes.at("zone");
      if (!is_elsewhere) return true;
    }
    return may_mark_what_comes_late(object);
  }

  /// A create that nobody wants any more, and that may still have its effect.
  bool may_mark_what_comes_late(const Observed& mark) const {
    for (const plan::OpenCreate& open : inputs_.memory.open_creates) {
      if (facts_.wanted(open.id) != nullptr || open.connection != mark.connection ||
          facts_.position(open.id.kind) <= facts_.position(mark.id.kind) || inputs_.now >= open.quiet_until)
        continue;
      const std::vector<const Observed*> ours = facts_.seen(open.id, true);
      const auto is_it = [&](const Observed* object) { return object->incarnation() == open.incarnation; };
      if (std::none_of(ours.begin(), ours.end(), is_it)) return true;
    }
    return false;
  }

  bool is_unread(const Resource& resource) const {
    for (const std::string& connection : resource.connection.candidates) {
      if (!facts_.is_complete(connection, resource.id.kind)) return true;
    }
    for (const auto& [id, object] : inputs_.snapshot.objects) {
      if (id != resource.id || !facts_.is_ours(object) || facts_.driver(id.kind).traits().pure_check) continue;
      if (object.condition == Condition::unknown || may_carry_unread(object)) return true;
    }
    for (const Resource& other : inputs_.resources) {
      if (needs_of(other).contains(resource.id) && is_unread(other)) return true;
    }
    return false;
  }

  bool vanishes_with_its_container(const ResourceId& id) const {
    const Resource* resource = facts_.wanted(id);
    return resource != nullptr && resource->inside && facts_.wanted(*resource->inside) != nullptr &&
           facts_.shall_go(*resource->inside) && !facts_.seen(*resource->inside, true).empty();
  }

  /// What was made for a thing that stays, and what that stands on.
  bool belongs_to_what_stays(const Observed& object) const {
    if (facts_.driver(object.id.kind).traits().pure_check || vanishes_with_its_container(object.id)) return false;
    if (facts_.wanted(object.id) == nullptr) return belongs_to_what_nobody_wants(object);
    return is_linked_to_what_stays(object.id);
  }

  bool is_linked_to_what_stays(const ResourceId& id) const {
    std::set<ResourceId> staying;
    for (const Resource& other : inputs_.resources) {
      if (!facts_.shall_go(other.id)) continue;
      for (const Observed* seen_object : facts_.seen(other.id, true)) {
        if (why_it_stays(*seen_object) == "held" && (facts_.wanted(other.id) != nullptr)) staying.insert(other.id);
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
    return staying.contains(id) && !by_themselves.contains(id);
  }

  bool would_go(const ResourceId& id) const {
    if (!facts_.shall_go(id) || vanishes_with_its_container(id) || facts_.driver(id.kind).traits().pure_check)
      return false;
    const Resource* resource = facts_.wanted(id);
    if (resource != nullptr && resource->lifecycle.protect != Protection::on && open_create_of(*resource) != nullptr)
      return true;
    const std::vector<const Observed*> ours = facts_.seen(id, true);
    return std::any_of(ours.begin(), ours.end(), [&](const Observed* object) { return why_it_stays(*object).empty(); });
  }

  /// It holds what one that stays was born with, or is the mark where such a one lies.
  bool belongs_to_what_nobody_wants(const Observed& object) const {
    for (const auto& [id, other] : inputs_.snapshot.objects) {
      if (facts_.wanted(id) != nullptr || !facts_.is_ours(other) || id == object.id || is_shown_elsewhere(other))
        continue;
      const bool is_mark = facts_.driver(object.id.kind).traits().is_mark;
      if (!is_mark && why_it_stays(other) == "held" && !inputs_.options.partial && holds_birth_of(object, other))
        return true;
      if (is_mark && !facts_.driver(id.kind).traits().is_mark && why_it_stays(other).empty() &&
          belongs_to_what_nobody_wants(other) && other.attributes.at("zone") == object.attributes.at("zone"))
        return true;
    }
    return false;
  }

  bool holds_birth_of(const Observed& object, const Observed& other) const {
    for (const Field& field : facts_.driver(other.id.kind).schema().fields) {
      const Value& born = other.attributes.at(field.name);
      if (field.computed != Computed::born || born.is_null()) continue;
      for (const auto& [name, value] : object.attributes.as_map()) {
        if (value == born || ObviousFacts::members(value).contains(to_canonical_json(born))) return true;
      }
    }
    return false;
  }

  const plan::Inputs& inputs_;
  const ObviousFacts facts_;
  const std::set<std::string>& unread_kinds_;
  Words& words_;
};

}  // namespace

void say_removals(const plan::Inputs& inputs, const std::set<std::string>& unread_kinds, Words& words) {
  Removals(inputs, unread_kinds, words).decide();
}

}  // namespace muster::campaign
