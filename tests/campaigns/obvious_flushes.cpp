#include "tests/campaigns/obvious_flushes.h"

#include <optional>
#include <set>
#include <string>

#include "tests/campaigns/obvious_facts.h"

namespace muster::campaign {

void say_flushes(const plan::Inputs& inputs, Words& said) {
  const ObviousFacts facts(inputs);
  std::set<ResourceId> targets;
  for (const auto& [id, words] : said) {
    const auto target = facts.driver(id.kind).flushed_by(id);
    if (!target) continue;
    for (const std::string& word : words) {
      if (word.starts_with("create") || word.starts_with("update") || word.starts_with("delete") ||
          word.starts_with("replace"))
        targets.insert(*target);
    }
  }
  for (const plan::Debt& debt : inputs.memory.debts) {
    bool unread = false;
    for (const auto& [scope, state] : inputs.snapshot.scopes) {
      if (scope.connection == debt.connection && !state.complete &&
          facts.driver(scope.kind).flush_kind() == debt.target.kind)
        unread = true;
    }
    if (unread)
      said[debt.target].insert("unknown");
    else
      targets.insert(debt.target);
  }
  for (const ResourceId& target : targets) said[target].insert("flush");
}

}  // namespace muster::campaign
