#include "reconciler/apply/memory.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_set>

#include "resources/contract/hash_resource_id.h"

namespace muster::apply {
namespace {

/// Enough for years of nightly runs.
constexpr std::size_t runs_kept = 2000;

/// Never further away than one window, whatever the clock said when it was opened.
Time quiet_until(const state::Intent& intent, const Registry& registry, Time now) {
  const Driver* driver = registry.driver(intent.resource.kind);
  const std::chrono::seconds window = driver == nullptr ? std::chrono::seconds(0) : driver->traits().quiet_window;
  return std::min(intent.unclear_since.value_or(intent.opened_at), now) + window;
}

bool is_seen(const plan::Snapshot& snapshot, const state::Intent& intent) {
  const auto [first, last] = snapshot.objects.equal_range(intent.resource);
  return std::any_of(first, last, [&](const auto& entry) { return entry.second.incarnation() == intent.incarnation; });
}

}  // namespace

plan::Memory load_memory(state::Store& store, const Registry& registry, Time now) {
  plan::Memory memory;
  for (const state::Intent& intent : store.intents().list()) {
    if (intent.verb != Verb::create) continue;
    memory.open_creates.push_back(
        {intent.resource, intent.connection, intent.incarnation, quiet_until(intent, registry, now)});
  }
  for (state::Debt& debt : store.debts().list()) memory.debts.push_back({debt.connection, debt.target});
  for (const state::Claim& claim : store.claims().list()) memory.claims.emplace(claim.connection, claim.id);
  memory.known = store.applied().ids();
  const auto turn = std::make_shared<std::mutex>();
  memory.applied = [&store, turn](const ResourceId& id) -> std::optional<std::map<std::string, std::string>> {
    const std::lock_guard lock(*turn);
    std::optional<state::Applied> applied = store.applied().find(id);
    if (!applied) return std::nullopt;
    return std::move(applied->fields);
  };
  memory.applied_at = [&store, turn](const ResourceId& id) -> std::optional<Time> {
    const std::lock_guard lock(*turn);
    const std::optional<state::Applied> applied = store.applied().find(id);
    return applied ? std::optional(applied->at) : std::nullopt;
  };
  memory.memos = store.memos().load();
  return memory;
}

void mark_open_creates(state::Store& store, Time now) {
  state::Transaction transaction = store.transaction();
  for (const state::Intent& intent : store.intents().list()) {
    if (intent.verb == Verb::create && !intent.unclear_since) store.intents().mark_unclear(intent.id, now);
  }
  transaction.commit();
}

void settle_intents(state::Store& store, const Registry& registry, const plan::Snapshot& snapshot,
                    const plan::Plan& plan, Time now) {
  std::set<ResourceId> looked_up;
  for (const plan::Step& step : plan.steps) {
    if (step.start == plan::Start::look_up) looked_up.insert(step.id);
  }
  state::Transaction transaction = store.transaction();
  for (const state::Intent& intent : store.intents().list()) {
    const Driver* driver = registry.driver(intent.resource.kind);
    const bool is_open_create = intent.verb == Verb::create && driver != nullptr && driver->traits().stampable;
    const bool is_over = quiet_until(intent, registry, now) <= now && !looked_up.contains(intent.resource) &&
                         snapshot.is_complete({intent.connection, intent.resource.kind});
    if (!is_open_create || is_seen(snapshot, intent) || is_over) store.intents().close(intent.id);
  }
  transaction.commit();
}

void prune(state::Store& store, const Registry& registry, const plan::Snapshot& snapshot,
           const std::vector<Resource>& wanted, const std::vector<Resource>& planned, plan::Goal goal) {
  std::unordered_set<ResourceId, HashResourceId> kept;
  for (const Resource& resource : wanted) kept.insert(resource.id);
  if (goal == plan::Goal::destroy) {
    for (const Resource& resource : planned) kept.erase(resource.id);
  }
  std::set<std::string> unread;
  for (const auto& [scope, state] : snapshot.scopes) {
    if (!state.complete) unread.insert(scope.kind);
  }
  state::Transaction transaction = store.transaction();
  for (const ResourceId& id : store.applied().ids()) {
    const bool may_be_there = snapshot.objects.contains(id) || unread.contains(id.kind);
    const bool is_known_kind = registry.driver(id.kind) != nullptr;
    if (kept.contains(id) || (may_be_there && is_known_kind)) continue;
    store.applied().erase(id);
    store.memos().erase({id});
  }
  for (const std::string& kind : registry.resource_kinds()) {
    if (!registry.driver(kind)->traits().pure_check) continue;
    for (const state::CachedObservation& row : store.observations().load(state::Scope{{}, kind})) {
      if (!kept.contains(row.observed.id)) store.observations().erase(row.observed);
    }
  }
  store.history().prune(runs_kept);
  transaction.commit();
}

void remember(state::Store& store, const plan::Memory& memory, const std::vector<plan::Memo>& memos,
              const std::map<ResourceId, std::map<std::string, std::string>>& applied, Time now) {
  state::MemoTable table;
  for (const plan::Memo& memo : memos) {
    table.emplace(memo.id, memo.inputs);
  }
  state::Transaction transaction = store.transaction();
  if (!table.empty()) store.memos().put(table);
  for (const auto& [id, fields] : applied) {
    if (!memory.known.contains(id)) store.applied().put({id, fields, now});
  }
  transaction.commit();
}

}  // namespace muster::apply
