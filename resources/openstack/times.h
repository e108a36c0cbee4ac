#pragma once

#include <optional>
#include <string_view>

#include "resources/contract/resource.h"

namespace muster::openstack {

/// "2026-11-21T05:02:58Z", with or without fraction and Z: OpenStack writes all of them and always means UTC.
std::optional<Time> time_from(std::string_view text);

}  // namespace muster::openstack
