#include "tests/campaigns/world_shrinker.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace muster::campaign {
namespace {

using Change = std::function<bool(World&)>;  // false: there was nothing to take away

/// Changes that each take one thing away: the i-th of a list, for every i.
template <typename Container>
void each_of(std::vector<Change>& changes, Container World::*list, std::size_t count) {
  for (std::size_t i = count; i-- > 0;) {
    changes.push_back([list, i](World& world) {
      auto& items = world.*list;
      if (i >= items.size()) return false;
      items.erase(std::next(items.begin(), static_cast<std::ptrdiff_t>(i)));
      return true;
    });
  }
}

/// Sets what a member function of the world's parts gives to `plain`.
template <typename Item, typename T>
void plain(std::vector<Change>& changes, std::vector<Item> World::*list, std::size_t count,
           std::function<T&(Item&)> part, T value) {
  for (std::size_t i = 0; i < count; ++i) {
    changes.push_back([list, i, part, value](World& world) {
      T& place = part((world.*list)[i]);
      if (place == value) return false;
      place = value;
      return true;
    });
  }
}

bool mentions(const Value& value, const ResourceId& id) {
  const std::vector<Ref> refs = refs_in(value);
  return std::any_of(refs.begin(), refs.end(), [&](const Ref& ref) { return ref.id == id; });
}

/// Puts a text where a value refers to `id`.
Value without(const Value& value, const ResourceId& id) {
  if (!mentions(value, id)) return value;
  if (!value.is_list()) return "elsewhere";
  List items;
  for (const Value& item : value.as_list()) {
    if (!mentions(item, id)) items.push_back(item);
  }
  return Value(std::move(items));
}

bool cannot_be_without(const Resource& resource, const ResourceId& id) {
  return resource.inside == id || (resource.connection.offered && resource.connection.offered->by == id);
}

/// A resource with all that leads to it; its objects are left over.
Change take_resource(std::size_t index) {
  return [index](World& world) {
    const ResourceId id = world.resources[index].id;
    for (const Resource& other : world.resources) {
      if (cannot_be_without(other, id)) return false;
    }
    world.resources.erase(world.resources.begin() + static_cast<std::ptrdiff_t>(index));
    for (Resource& other : world.resources) {
      std::erase(other.needs, id);
      std::erase(other.follows, id);
      for (auto& [name, value] : other.wanted.as_map()) value = without(value, id);
    }
    return true;
  };
}

/// A resource and what is seen of it.
Change take_all_of(std::size_t index) {
  return [index, only_it = take_resource(index)](World& world) {
    const ResourceId id = world.resources[index].id;
    std::erase_if(world.objects, [&](const Observed& object) { return object.id == id; });
    return only_it(world);
  };
}

void simplify_resources(std::vector<Change>& changes, const World& world) {
  const std::size_t count = world.resources.size();
  for (std::size_t i = count; i-- > 0;) changes.push_back(take_all_of(i));
  for (std::size_t i = count; i-- > 0;) changes.push_back(take_resource(i));
  plain<Resource, std::vector<ResourceId>>(changes, &World::resources, count,
                                           [](Resource & r) -> auto& { return r.needs; }, {});
  plain<Resource, std::vector<ResourceId>>(changes, &World::resources, count,
                                           [](Resource & r) -> auto& { return r.follows; }, {});
  plain<Resource, Lifecycle>(changes, &World::resources, count, [](Resource & r) -> auto& { return r.lifecycle; }, {});
  plain<Resource, Protection>(
      changes, &World::resources, count, [](Resource & r) -> auto& { return r.lifecycle.protect; }, Protection::unsaid);
  plain<Resource, std::optional<Time>>(changes, &World::resources, count,
                                       [](Resource & r) -> auto& { return r.lifecycle.from; }, {});
  plain<Resource, std::optional<Time>>(changes, &World::resources, count,
                                       [](Resource & r) -> auto& { return r.lifecycle.until; }, {});
  plain<Resource, ReplacePolicy>(changes, &World::resources, count,
                                 [](Resource & r) -> auto& { return r.lifecycle.replace; }, {});
  plain<Resource, OnFailed>(changes, &World::resources, count,
                            [](Resource & r) -> auto& { return r.lifecycle.on_failed; }, {});
  plain<Resource, Origin>(changes, &World::resources, count, [](Resource & r) -> auto& { return r.origin; }, {});
  plain<Resource, std::string>(changes, &World::resources, count, [](Resource & r) -> auto& { return r.group; }, {});
  for (std::size_t i = 0; i < count; ++i) {
    if (world.resources[i].connection.candidates.size() < 2) continue;
    changes.push_back([i](World& smaller) {
      smaller.resources[i].connection.candidates.pop_back();
      return true;
    });
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& [name, value] : world.resources[i].wanted.as_map()) {
      if (value.is_list() || value.is_hole())
        changes.push_back([i, field = name](World& smaller) {
          Value& place = smaller.resources[i].wanted.as_map()[field];
          if (place.is_hole()) {
            place = "plain";
            return true;
          }
          if (place.as_list().size() < 2) return false;
          place.as_list().pop_back();
          return true;
        });
    }
  }
}

void simplify_objects(std::vector<Change>& changes, const World& world) {
  const std::size_t count = world.objects.size();
  plain<Observed, Condition>(
      changes, &World::objects, count, [](Observed & o) -> auto& { return o.condition; }, Condition::ready);
  plain<Observed, bool>(
      changes, &World::objects, count, [](Observed & o) -> auto& { return o.ever_ready; }, true);
  for (std::size_t i = 0; i < count; ++i) {
    if (!world.objects[i].stamp) continue;
    changes.push_back([i](World& smaller) {
      Stamp& stamp = *smaller.objects[i].stamp;
      if (stamp.revision == Revision{}) return false;
      stamp.revision = {};
      return true;
    });
    changes.push_back([i](World& smaller) { return std::exchange(smaller.objects[i].stamp->protect, false); });
  }
}

std::vector<Change> changes_of(const World& world) {
  std::vector<Change> changes;
  simplify_resources(changes, world);
  each_of(changes, &World::objects, world.objects.size());
  simplify_objects(changes, world);
  each_of(changes, &World::unread, world.unread.size());
  each_of(changes, &World::open_creates, world.open_creates.size());
  each_of(changes, &World::debts, world.debts.size());
  each_of(changes, &World::claims, world.claims.size());
  each_of(changes, &World::known, world.known.size());
  each_of(changes, &World::applied, world.applied.size());
  each_of(changes, &World::only, world.only.size());
  each_of(changes, &World::except, world.except.size());
  changes.push_back([](World& smaller) { return std::exchange(smaller.options.leftovers, false); });
  changes.push_back([](World& smaller) { return std::exchange(smaller.options.rollback, false); });
  changes.push_back([](World& smaller) { return std::exchange(smaller.options.partial, false); });
  changes.push_back(
      [](World& smaller) { return std::exchange(smaller.options.goal, plan::Goal::converge) != plan::Goal::converge; });
  changes.push_back([](World& smaller) { return std::exchange(smaller.guard.count, 5) != 5; });
  changes.push_back([](World& smaller) { return std::exchange(smaller.guard.percent, 20) != 20; });
  return changes;
}

/// The first smaller world that still fails.
std::optional<World> smaller_one(const World& world, const std::function<bool(const World&)>& fails) {
  for (const Change& change : changes_of(world)) {
    World smaller = world;
    if (change(smaller) && fails(smaller)) return smaller;
  }
  return std::nullopt;
}

}  // namespace

World shrink(World world, const std::function<bool(const World&)>& fails) {
  while (std::optional<World> smaller = smaller_one(world, fails)) world = std::move(*smaller);
  return world;
}

}  // namespace muster::campaign
