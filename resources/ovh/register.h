#pragma once

// Everything the ovh family brings.

#include "resources/contract/registry.h"

namespace muster::ovh {

/// Adds OvhAccount, ovh.scope and ovh.rrset.
void register_ovh(Registry& registry);

}  // namespace muster::ovh
