#include "tests/campaigns/obvious_facts.h"

#include <algorithm>

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
  return object.stamp && !inputs_.options.rollback && inputs_.fleet.revision.time != 0 &&
         object.stamp->revision.time > inputs_.fleet.revision.time;
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

}  // namespace muster::campaign
