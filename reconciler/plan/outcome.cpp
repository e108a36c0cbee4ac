#include "reconciler/plan/outcome.h"

namespace muster::plan {

Future future_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::unchanged:
      return Future::stays;
    case Verdict::create:
    case Verdict::create_again:
    case Verdict::update:
    case Verdict::replace:
    case Verdict::replace_failed:
    case Verdict::finish:
    case Verdict::recreate_gone:
      return Future::step;
    case Verdict::unknown:
    case Verdict::blocked:
    case Verdict::early:
    case Verdict::over:
      break;
  }
  return Future::hopeless;
}

std::optional<std::size_t> Decided::flush_for(const ResourceId& id, const std::string& connection) const {
  const Driver* driver = inputs.registry.driver(id.kind);
  const auto target = driver == nullptr ? std::nullopt : driver->flushed_by(id);
  if (!target) return std::nullopt;
  return steps.flush_of(connection, *target);
}

}  // namespace muster::plan
