#include "reconciler/plan/debts.h"

#include <algorithm>
#include <optional>

namespace muster::plan {

void add_debts(const Inputs& inputs, StepList& steps, std::vector<Unknown>& unknown) {
  for (const Debt& debt : inputs.memory.debts) {
    const auto is_unread = [&](const auto& entry) {
      const Driver* driver = inputs.registry.driver(entry.first.kind);
      return entry.first.connection == debt.connection && !entry.second.complete && driver != nullptr &&
             driver->flush_kind() == debt.target.kind;
    };
    const auto& scopes = inputs.snapshot.scopes;
    if (const auto unread = std::find_if(scopes.begin(), scopes.end(), is_unread); unread != scopes.end()) {
      unknown.push_back({debt.target, {}, unread->second.why_unknown, std::nullopt});
      continue;
    }
    Step& flush = steps[steps.flush_of(debt.connection, debt.target)];
    flush.start = Start::resume;
    flush.reason = "an earlier run wrote and did not flush";
  }
}

}  // namespace muster::plan
