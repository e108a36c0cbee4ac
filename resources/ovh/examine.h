#pragma once

#include <vector>

#include "resources/contract/finding.h"
#include "resources/contract/resource.h"
#include "resources/ovh/session.h"

namespace muster::ovh {

/// Login, clock, rights and zones of one account. Reads only; throws Error(interrupted) and nothing else.
std::vector<Finding> examine_account(OvhSession& session, const std::vector<const Resource*>& wanted, Context& context);

}  // namespace muster::ovh
