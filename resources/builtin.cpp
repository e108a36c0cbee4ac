#include "resources/builtin.h"

#include "resources/guest/register.h"
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
  register_workshop(registry);
  return registry;
}

}  // namespace muster
