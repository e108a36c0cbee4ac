#pragma once

// Reading the world, in bulk and in waves.

#include <chrono>
#include <string>
#include <vector>

#include "reconciler/apply/sessions.h"
#include "reconciler/plan/snapshot.h"
#include "resources/contract/registry.h"
#include "resources/contract/resource.h"
#include "state/store.h"

namespace muster::apply {

struct ObserveOptions {
  std::string fleet;
  /// Scopes read longer ago than this are read again; zero: all are. So are those that were read through another login,
  /// or before their connection's manifest was edited.
  std::chrono::seconds max_age{0};
  /// Connections of the fleet: each is read for every kind that uses it, wanted or not, so that leftovers are found.
  std::vector<std::string> connections;
};

/// Fills the snapshot from the cache and, where that is too old, from the backends, and stores what was read. What is
/// reached through a host is read after the hosts. A scope that cannot be read is unknown and says why; nothing is
/// thrown for it. Blocks; one thread per scope. Throws Error(interrupted) once the context's stop token was asked for.
plan::Snapshot observe(const std::vector<Resource>& resources, const Registry& registry, Sessions& sessions,
                       SecretReader& secrets, state::Store& store, const ObserveOptions& options, Context& context);

}  // namespace muster::apply
