#include "resources/ipd/register.h"

#include "resources/ipd/deployment_driver.h"
#include "resources/ipd/server_kind.h"

namespace muster::ipd_driver {

void register_ipd(Registry& registry) {
  registry.add(std::make_unique<IpdServer>());
  registry.add(std::make_unique<DeploymentDriver>());
}

}  // namespace muster::ipd_driver
