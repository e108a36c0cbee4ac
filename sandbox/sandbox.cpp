#include "sandbox/sandbox.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <vector>

#include "sandbox/control.h"
#include "sandbox/guest.h"
#include "sandbox/http_service.h"
#include "sandbox/openstack.h"
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
        world(options.clock, options.seed, options.latency, options.has_network),
        openstack(world, options.openstack),
        ovh(world, account_with_zone(options.ovh, options.zone)),
        ovh_service(world, {.name = "ovh", .too_many = {}}),
        control(world, options, [this] { openstack.servers().settle(); }),
        reach(
            world, options.guests, [this](const std::string& name) { return ovh.zones().addresses(name); },
            openstack.servers().guests()) {
    if (options.has_network) guests.emplace(world, reach, options.guests.port);
    ovh.mount(ovh_service);
    ovh.mount_control(control.service());
    reach.mount_control(control.service());
    openstack.add_control_routes(control.service());
    named = {{"control", &control.service()}, {"ovh", &ovh_service}};
    const std::vector<HttpService*> services = openstack.services();
    const char* names[] = {"keystone", "nova", "glance", "neutron"};
    for (std::size_t i = 0; i < services.size(); ++i) named[names[i]] = services[i];
    for (const auto& [name, service] : named) service->start();
    if (guests) guests->start();
  }

  // Handlers of one service use the others, so all stop before the first one goes.
  ~Parts() {
    for (const auto& [name, service] : named) service->stop();
    if (guests) guests->stop();
  }

  SandboxOptions options;
  World world;
  OpenStack openstack;
  OvhApi ovh;
  HttpService ovh_service;
  Control control;
  GuestReach reach;
  std::optional<GuestNetwork> guests;  ///< only with a network
  std::map<std::string, HttpService*> named;
};

Sandbox::Sandbox(SandboxOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {}
Sandbox::~Sandbox() = default;

std::map<std::string, std::string> Sandbox::environment() const {
  auto variables = parts_->openstack.environment();
  const OvhOptions& ovh = parts_->ovh.options();
  variables["OVH_ENDPOINT"] = parts_->ovh_service.url() + "/1.0";
  variables["OVH_APPLICATION_KEY"] = ovh.application_key;
  variables["OVH_APPLICATION_SECRET"] = ovh.application_secret;
  variables["OVH_CONSUMER_KEY"] = ovh.consumer_keys.front().id;
  variables["OVH_ZONE"] = parts_->options.zone;
  if (parts_->guests) {
    variables["MUSTER_GUEST_PROXY"] = parts_->guests->proxy_url();
    variables["MUSTER_GUEST_CA"] = parts_->guests->ca_file();
  }
  variables["MUSTER_SANDBOX"] = parts_->control.service().url();
  return variables;
}

const Ledger& Sandbox::ledger() const {
  parts_->openstack.servers().settle();
  return parts_->world.ledger;
}

FaultScript& Sandbox::faults() { return parts_->world.faults; }

std::string Sandbox::url(const std::string& service) const {
  const auto found = parts_->named.find(service);
  if (found == parts_->named.end()) throw std::out_of_range("the sandbox has no service " + service);
  return found->second->url();
}

Outcome Sandbox::call(const std::string& origin, Request request) {
  for (const auto& [name, service] : parts_->named) {
    if (service->url() == origin) return service->call(request);
  }
  throw std::out_of_range("the sandbox has nothing at " + origin);
}

GuestAnswer Sandbox::connect(const std::string& address, int port) {
  return parts_->reach.connect({address, true, port});
}

}  // namespace muster::sandbox
