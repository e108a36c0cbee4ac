#include "sandbox/sandbox.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "sandbox/control.h"
#include "sandbox/http_service.h"
#include "sandbox/ovh.h"
#include "sandbox/world.h"

namespace muster::sandbox {
namespace {

OvhOptions account_with_zone(OvhOptions options, const std::string& zone) {
  const auto& zones = options.zones;
  if (std::find(zones.begin(), zones.end(), zone) == zones.end()) options.zones.insert(zones.begin(), zone);
  return options;
}

}  // namespace

struct Sandbox::Parts {
  explicit Parts(SandboxOptions given)
      : options(std::move(given)),
        world(options.clock, options.seed, options.latency),
        control(world, options),
        ovh(world, account_with_zone(options.ovh, options.zone)),
        ovh_service(world, {.name = "ovh", .too_many = {}}) {
    ovh.mount(ovh_service);
    ovh.mount_control(control.service());
  }
  // The control service reaches into the others, so it ends before them.
  ~Parts() { control.service().stop(); }

  SandboxOptions options;
  World world;
  Control control;
  OvhApi ovh;
  HttpService ovh_service;
};

Sandbox::Sandbox(SandboxOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {
  parts_->ovh_service.start();
  parts_->control.service().start();
}

Sandbox::~Sandbox() = default;

std::map<std::string, std::string> Sandbox::environment() const {
  const OvhOptions& ovh = parts_->ovh.options();
  return {{"MUSTER_SANDBOX", parts_->control.service().url()},
          {"OVH_ENDPOINT", parts_->ovh_service.url() + "/1.0"},
          {"OVH_APPLICATION_KEY", ovh.application_key},
          {"OVH_APPLICATION_SECRET", ovh.application_secret},
          {"OVH_CONSUMER_KEY", ovh.consumer_keys.front().id},
          {"OVH_ZONE", parts_->options.zone}};
}

const Ledger& Sandbox::ledger() const { return parts_->world.ledger; }
FaultScript& Sandbox::faults() { return parts_->world.faults; }

std::string Sandbox::url(const std::string& service) const {
  if (service == "control") return parts_->control.service().url();
  if (service == "ovh") return parts_->ovh_service.url();
  throw std::out_of_range("the sandbox has no service " + service);
}

}  // namespace muster::sandbox
