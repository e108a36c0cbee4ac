#include "reconciler/plan/snapshot.h"

namespace muster::plan {

bool Snapshot::is_complete(const Scope& scope) const {
  const auto found = scopes.find(scope);
  return found != scopes.end() && found->second.complete;
}

}  // namespace muster::plan
