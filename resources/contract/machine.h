#pragma once

// The machines that manifests make, for what runs on them.

#include <optional>
#include <string>
#include <string_view>

#include "resources/contract/manifest.h"
#include "resources/contract/resource_id.h"

namespace muster {

/// The namespace of a Workshop's hosts: the manifest's own name unless it says otherwise. Empty when what it says is no
/// namespace.
std::string namespace_of(const Manifest& workshop);
/// The server of the host that `maker` calls `label`: "openstack.server:my-event/anna" of Workshop/my-event. Whether
/// there is such a host is not asked. Nothing for a kind that makes no machines.
std::optional<ResourceId> machine_of(const Manifest& maker, std::string_view label);

}  // namespace muster
