#pragma once

// A plan for people: grouped so that 30 hosts fit a screen; and for machines.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "reconciler/apply/reconcile.h"
#include "reconciler/cli/console.h"
#include "reconciler/cli/field_places.h"
#include "reconciler/plan/plan.h"
#include "state/run_lock.h"

namespace muster::cli {

struct PlanShown {
  const apply::Prepared& prepared;
  std::string fleet;
  Time now{};
  /// Requests made so far, by service and operation.
  std::map<std::string, std::uint64_t> calls;
  std::optional<Time> cached_at;  ///< the oldest read of an earlier run it rests on; nothing: all is read anew
  bool verbose = false;           ///< every name and every difference instead of the first few
  std::optional<Time> at{};       ///< not the plan of now, but of this time
  std::optional<state::LockHolder> at_work{};  ///< another run that goes on while this was planned
  const FieldPlaces* places = nullptr;         ///< of what the manifests changed; nullptr: that of the resource
};

/// Changes that people count: flushes are not among them, a replacement is one.
std::size_t change_count(const plan::Plan& plan);
/// "21 to create, 1 to replace".
std::string changes_text(const plan::Plan& plan);
/// "Workshop/my-event", or what stands for objects whose manifest is gone.
std::string group_title(const std::string& group);
std::string calls_text(const std::map<std::string, std::uint64_t>& calls, bool by_operation);

std::string plan_text(const PlanShown& shown, const Painter& paint, int width);
/// One record per step, held difference, unknown resource and problem; a summary at the end.
std::string plan_records(const PlanShown& shown);

}  // namespace muster::cli
