#include "resources/openstack/register.h"

#include "resources/openstack/project_kind.h"
#include "resources/openstack/server_driver.h"

namespace muster::openstack {

void register_openstack(Registry& registry) {
  registry.add(std::make_unique<ProjectKind>());
  registry.add(std::make_unique<ServerDriver>());
}

}  // namespace muster::openstack
