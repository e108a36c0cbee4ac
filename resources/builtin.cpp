#include "resources/builtin.h"

#include "resources/deployment/register.h"
#include "resources/guest/register.h"
#include "resources/ipd/register.h"
#include "resources/openstack/register.h"
#include "resources/ovh/register.h"
#include "resources/workshop/register.h"

namespace muster {

Registry builtin_registry() {
  Registry registry;
  // In the order in which things come into being: what is added first is created first and removed last.
  openstack::register_openstack(registry);
  ovh::register_ovh(registry);
  register_guest(registry);
  ipd_driver::register_ipd(registry);
  register_workshop(registry);
  register_deployment(registry);
  return registry;
}

}  // namespace muster
