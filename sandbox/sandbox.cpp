#include "sandbox/sandbox.h"

#include <functional>
#include <stdexcept>

#include "sandbox/control.h"
#include "sandbox/http_service.h"
#include "sandbox/world.h"

namespace muster::sandbox {

struct Sandbox::Parts {
  explicit Parts(SandboxOptions given)
      : options(std::move(given)), world(options.clock, options.seed, options.latency), control(world, options) {}

  SandboxOptions options;
  World world;
  Control control;
};

Sandbox::Sandbox(SandboxOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {
  parts_->control.service().start();
}

Sandbox::~Sandbox() = default;

std::map<std::string, std::string> Sandbox::environment() const {
  return {{"MUSTER_SANDBOX", parts_->control.service().url()}};
}

const Ledger& Sandbox::ledger() const { return parts_->world.ledger; }
FaultScript& Sandbox::faults() { return parts_->world.faults; }

std::string Sandbox::url(const std::string& service) const {
  if (service == "control") return parts_->control.service().url();
  throw std::out_of_range("the sandbox has no service " + service);
}

}  // namespace muster::sandbox
