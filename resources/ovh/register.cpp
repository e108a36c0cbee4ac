#include "resources/ovh/register.h"

#include "resources/ovh/account.h"
#include "resources/ovh/rrset_driver.h"
#include "resources/ovh/scope_driver.h"

namespace muster::ovh {

void register_ovh(Registry& registry) {
  registry.add(std::make_unique<OvhAccount>());
  registry.add(std::make_unique<ScopeDriver>());
  registry.add(std::make_unique<RRsetDriver>());
}

}  // namespace muster::ovh
