#include "tests/campaigns/obvious_facts.h"

#include <algorithm>

#include "tests/campaigns/planner_world.h"

namespace muster::campaign {

const Resource* ObviousFacts::wanted(const ResourceId& id) const {
  for (const Resource& resource : inputs_.resources) {
    if (resource.id == id) return &resource;
  }
  return nullptr;
}

const Driver& ObviousFacts::driver(const std::string& kind) const { return *inputs_.registry.driver(kind); }

bool ObviousFacts::is_ours(const Observed& object) const {
  return object.ownership == Ownership::ours ||
         (object.ownership == Ownership::claimable && inputs_.memory.claims.contains({object.connection, object.id}));
}

std::vector<const Observed*> ObviousFacts::seen(const ResourceId& id, bool ours) const {
  std::vector<const Observed*> found;
  for (const auto& [key, object] : inputs_.snapshot.objects) {
    if (key != id || is_ours(object) != ours) continue;
    const auto same = [&object = object](const Observed* other) { return other->backend_id == object.backend_id; };
    const auto copy = std::find_if(found.begin(), found.end(), same);
    if (copy == found.end())
      found.push_back(&object);
    else if (object.connection < (*copy)->connection)
      *copy = &object;
  }
  return found;
}

bool ObviousFacts::is_complete(const std::string& connection, const std::string& kind) const {
  const auto found = inputs_.snapshot.scopes.find({connection, kind});
  return found != inputs_.snapshot.scopes.end() && found->second.complete;
}

bool ObviousFacts::may_be_hidden(const Resource& resource) const {
  const std::string& kind = resource.id.kind;
  if (const auto& offered = resource.connection.offered)
    return !is_complete(offered->kind + "/" + offered->by.to_string(), kind);
  if (resource.connection.candidates.empty()) return !is_complete("", kind);
  for (const std::string& connection : resource.connection.candidates) {
    if (!is_complete(connection, kind)) return true;
  }
  return false;
}

bool ObviousFacts::is_newer(const Observed& object) const {
  return object.stamp && !inputs_.options.rollback && object.stamp->revision.time > inputs_.fleet.revision.time;
}

bool ObviousFacts::is_protected(const Observed& object) { return object.stamp && object.stamp->protect; }

bool ObviousFacts::is_over(const Resource& resource) const {
  return resource.lifecycle.until && *resource.lifecycle.until <= inputs_.now;
}

bool ObviousFacts::is_early(const Resource& resource) const {
  return resource.lifecycle.from && inputs_.now < *resource.lifecycle.from;
}

bool ObviousFacts::destroys() const { return inputs_.options.goal == plan::Goal::destroy; }

bool ObviousFacts::shall_go(const ResourceId& id) const {
  const Resource* resource = wanted(id);
  if (destroys()) return resource != nullptr || inputs_.options.leftovers;
  return resource == nullptr || is_over(*resource);
}

std::size_t ObviousFacts::position(const std::string& kind) const {
  const std::vector<std::string>& order = inputs_.registry.creation_order();
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), kind) - order.begin());
}

std::multiset<std::string> ObviousFacts::members(const Value& value) {
  std::multiset<std::string> found;
  if (value.is_list()) {
    for (const Value& item : value.as_list()) found.insert(to_canonical_json(item));
  }
  return found;
}

std::vector<const Resource*> ObviousFacts::readers_of(const ResourceId& id) const {
  std::vector<const Resource*> readers;
  for (const Resource& other : inputs_.resources) {
    if (needs_of(other).contains(id) && !driver(other.id.kind).traits().pure_check) readers.push_back(&other);
  }
  return readers;
}

bool ObviousFacts::is_entangled(const Resource& resource) const {
  std::set<ResourceId> stands_on{resource.id};
  for (const Resource& other : inputs_.resources) {
    if (needs_of(other).contains(resource.id)) stands_on.insert(other.id);
  }
  for (std::size_t before = 0; before != stands_on.size();) {
    before = stands_on.size();
    for (const ResourceId& id : std::set<ResourceId>(stands_on)) {
      const Resource* one = wanted(id);
      if (one == nullptr) continue;
      stands_on.merge(needs_of(*one));
      stands_on.insert(one->follows.begin(), one->follows.end());
    }
  }
  return std::any_of(stands_on.begin(), stands_on.end(), [&](const ResourceId& id) {
    const Resource* one = wanted(id);
    return one != nullptr && id != resource.id && one->lifecycle.replace == ReplacePolicy::roll;
  });
}

bool ObviousFacts::can_read_readers(const Resource& resource) const {
  for (const Resource* reader : readers_of(resource.id)) {
    for (const std::string& connection : reader->connection.candidates) {
      if (!is_complete(connection, reader->id.kind)) return false;
    }
    for (const bool ours : {true, false}) {
      for (const Observed* object : seen(reader->id, ours)) {
        if (object->condition == Condition::unknown) return false;
      }
    }
  }
  return true;
}

bool ObviousFacts::refers(const Resource& reader, const ResourceId& id) {
  const std::vector<Ref> refs = refs_in(reader.wanted);
  return std::any_of(refs.begin(), refs.end(), [&](const Ref& ref) { return ref.id == id; });
}

}  // namespace muster::campaign
