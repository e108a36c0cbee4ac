#pragma once

// What a worker does: fill the holes, call the driver, map whatever happens to an event.

#include <optional>
#include <string>
#include <vector>

#include "reconciler/apply/scheduler.h"
#include "reconciler/apply/sessions.h"
#include "resources/contract/driver.h"
#include "resources/contract/registry.h"

namespace muster::apply {

/// Everything one verb needs, copied: the worker touches nothing of the coordinator's.
struct VerbJob {
  std::size_t step = 0;
  Call call = Call::create;
  const Driver* driver = nullptr;
  std::string connection;
  ResourceId id;
  std::optional<Resource> resource;  ///< refs filled; absent for remove and flush
  std::optional<Observed> object;    ///< what an update, resume or remove acts on
  Stamp stamp;
  std::vector<FieldChange> changes;
  std::vector<Observed> ours;  ///< flush: what stands there that is ours
  std::string fleet;
};

/// A bulk read for waiting steps.
struct PollJob {
  plan::Scope scope;
  const Driver* driver = nullptr;
  ObserveRequest request;
  /// Per step: the incarnation or, when there is none, the backend id or else the id by which its object is recognised.
  struct Target {
    std::size_t step = 0;
    ResourceId id;
    Incarnation incarnation;
    std::string backend_id;
  };
  std::vector<Target> targets;
};

/// Never throw; every failure becomes an error in the event. Blocking.
VerbEnded run_verb(VerbJob job, Sessions& sessions, SecretReader& secrets, Context& context);
PollEnded run_poll(PollJob job, Sessions& sessions, Context& context);

/// The session a resource goes through, an offered one included (its spec's refs must be filled).
Session& session_for(const std::string& connection, const Resource* resource, Sessions& sessions, SecretReader& secrets,
                     Redactor& redactor);

}  // namespace muster::apply
