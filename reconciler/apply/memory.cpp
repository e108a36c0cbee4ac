#include "reconciler/apply/memory.h"

#include <algorithm>

namespace muster::apply {
namespace {

Time quiet_until(const state::Intent& intent, const Registry& registry) {
  const Driver* driver = registry.driver(intent.resource.kind);
  const std::chrono::seconds window = driver == nullptr ? std::chrono::seconds(0) : driver->traits().quiet_window;
  return intent.unclear_since.value_or(intent.opened_at) + window;
}

bool is_seen(const plan::Snapshot& snapshot, const state::Intent& intent) {
  const auto [first, last] = snapshot.objects.equal_range(intent.resource);
  return std::any_of(first, last, [&](const auto& entry) { return entry.second.incarnation() == intent.incarnation; });
}

}  // namespace

plan::Memory load_memory(state::Store& store, const Registry& registry) {
  plan::Memory memory;
  for (const state::Intent& intent : store.intents().list()) {
    if (intent.verb != Verb::create) continue;
    memory.open_creates.push_back({intent.resource, intent.incarnation, quiet_until(intent, registry)});
  }
  for (state::Debt& debt : store.debts().list()) memory.debts.push_back({debt.connection, debt.target});
  for (const state::Claim& claim : store.claims().list()) memory.claims.insert(claim.id);
  for (state::Applied& applied : store.applied().list()) {
    memory.known.insert(applied.id);
    memory.applied.emplace(std::move(applied.id), std::move(applied.fields));
  }
  for (auto& [id, memo] : store.memos().load()) {
    memory.memos.emplace(id, plan::Memo{id, memo.wanted, memo.refs, memo.observed});
  }
  return memory;
}

void settle_intents(state::Store& store, const Registry& registry, const plan::Snapshot& snapshot, Time now) {
  state::Transaction transaction = store.transaction();
  for (const state::Intent& intent : store.intents().list()) {
    const bool is_open_create = intent.verb == Verb::create && registry.driver(intent.resource.kind) != nullptr &&
                                registry.driver(intent.resource.kind)->traits().stampable;
    const bool is_over =
        quiet_until(intent, registry) <= now && snapshot.is_complete({intent.connection, intent.resource.kind});
    if (!is_open_create || is_seen(snapshot, intent) || is_over) store.intents().close(intent.id);
  }
  transaction.commit();
}

void remember(state::Store& store, const plan::Memory& memory, const std::vector<plan::Memo>& memos,
              const std::map<ResourceId, std::map<std::string, std::string>>& applied, Time now) {
  state::MemoTable table;
  for (const plan::Memo& memo : memos) {
    table.emplace(memo.id, state::Memo{memo.wanted, memo.refs, memo.observed});
  }
  state::Transaction transaction = store.transaction();
  if (!table.empty()) store.memos().put(table);
  for (const auto& [id, fields] : applied) {
    if (!memory.known.contains(id)) store.applied().put({id, fields, now});
  }
  transaction.commit();
}

}  // namespace muster::apply
