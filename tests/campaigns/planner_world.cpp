#include "tests/campaigns/planner_world.h"

#include "tests/campaigns/planner_kinds.h"

namespace muster::campaign {
namespace {

plan::Snapshot snapshot_of(const World& world) {
  plan::Snapshot snapshot;
  std::set<ResourceId> wanted;
  for (const Resource& resource : world.resources) wanted.insert(resource.id);
  for (const Observed& object : world.objects) {
    if (object.ownership == Ownership::foreign && !wanted.contains(object.id))
      snapshot.foreign.push_back(object);
    else
      snapshot.objects.emplace(object.id, object);
  }
  const plan::ScopeState read{true, "", world.now};
  for (const std::string& kind : planner_registry().resource_kinds()) {
    const std::string through = planner_registry().driver(kind)->traits().connection_kind;
    if (through.empty()) snapshot.scopes[{"", kind}] = read;
    if (through != "TestCloud") continue;
    for (const char* connection : connections) snapshot.scopes[{connection, kind}] = read;
  }
  for (const Resource& resource : world.resources) {
    const auto& offered = resource.connection.offered;
    if (offered) snapshot.scopes[{offered->kind + "/" + offered->by.to_string(), resource.id.kind}] = read;
  }
  for (const auto& [scope, why] : world.unread) snapshot.scopes[scope] = {false, why, world.now};
  return snapshot;
}

plan::Memory memory_of(const World& world) {
  plan::Memory memory;
  memory.open_creates = world.open_creates;
  memory.debts = world.debts;
  memory.claims = world.claims;
  memory.known = {world.known.begin(), world.known.end()};
  memory.applied = [&world](const ResourceId& id) -> std::optional<std::map<std::string, std::string>> {
    const auto found = world.applied.find(id);
    if (found == world.applied.end()) return std::nullopt;
    return found->second;
  };
  memory.applied_at = [&world](const ResourceId& id) -> std::optional<Time> {
    return world.applied.contains(id) ? std::optional(world.now - std::chrono::seconds(30)) : std::nullopt;
  };
  return memory;
}

}  // namespace

Given::Given(const World& world)
    : world_(world),
      fleet_{"test", "f1", world.revision, world.guard, world.guard_by_kind},
      snapshot_(snapshot_of(world)),
      memory_(memory_of(world)) {}

plan::Inputs Given::inputs() const {
  return {planner_registry(), fleet_, world_.resources, snapshot_, memory_, world_.now, world_.options};
}

plan::Plan plan_of(const World& world) { return Given(world).plan(); }

std::set<ResourceId> needs_of(const Resource& resource) {
  std::set<ResourceId> needed(resource.needs.begin(), resource.needs.end());
  for (const Ref& ref : refs_in(resource.wanted)) needed.insert(ref.id);
  if (resource.inside) needed.insert(*resource.inside);
  if (const auto& offered = resource.connection.offered) {
    needed.insert(offered->by);
    for (const Ref& ref : refs_in(offered->spec)) needed.insert(ref.id);
  }
  return needed;
}

bool is_ours(const World& world, const Observed& object) {
  if (object.ownership == Ownership::ours) return true;
  return object.ownership == Ownership::claimable && world.claims.contains({object.connection, object.id});
}

}  // namespace muster::campaign
