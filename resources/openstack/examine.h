#pragma once

#include <vector>

#include "resources/contract/finding.h"
#include "resources/contract/resource.h"
#include "resources/openstack/session.h"

namespace muster::openstack {

/// Login, clock, services, versions, rights to read and quota of one project. Reads only; throws Error(interrupted)
/// and nothing else.
std::vector<Finding> examine_project(OpenStackSession& session, const std::vector<const Resource*>& wanted,
                                     Context& context);

}  // namespace muster::openstack
