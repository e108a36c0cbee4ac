#pragma once

#include <functional>

#include "sandbox/http_service.h"
#include "sandbox/sandbox.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// The hand of the test on the world, without authentication and outside the ledger of calls:
///   GET /ledger?kind=&since=   the ledger as JSON lines
///   GET /summary               objects created, deleted and alive per kind; calls per service and method, and how many
///                               of a service were under way at the same time, at most
///   POST, DELETE /faults       the fault script (see FaultScript)
/// The simulated services add routes that change their objects behind their owner's back.
class Control {
 public:
  /// `settle` runs before the ledger is read, to let pass what is due.
  Control(World& world, const SandboxOptions& options, const std::function<void()>& settle);
  HttpService& service() { return service_; }
  const HttpService& service() const { return service_; }

 private:
  HttpService service_;
};

}  // namespace muster::sandbox
