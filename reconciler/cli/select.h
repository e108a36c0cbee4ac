#pragma once

// Which resources a person means by a name.

#include <string>
#include <vector>

#include "manifests/load.h"

namespace muster::cli {

/// Names are manifests ("my-event", "Workshop/my-event"): their resources, in the order of ids.
/// Throws Error(usage) with a did-you-mean when one names nothing.
std::vector<Resource> resources_named(const manifests::Load& load, const std::vector<std::string>& names);

/// The same, and names may also be resource ids ("openstack.server:my-event/abcde") or hosts ("abcde").
std::vector<Resource> resources_meant(const manifests::Load& load, const std::vector<std::string>& names);

}  // namespace muster::cli
