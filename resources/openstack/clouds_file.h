#pragma once

// Reading clouds.yaml and secure.yaml as the OpenStack clients do.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "resources/contract/context.h"

namespace muster::openstack {

/// One entry, flattened: "auth.auth_url", "region_name", ... -> text. secure.yaml's values are laid over it.
struct CloudEntry {
  std::string file;
  std::map<std::string, std::string, std::less<>> values;
};

/// The first clouds.yaml of: OS_CLIENT_CONFIG_FILE, the current directory, $XDG_CONFIG_HOME/openstack (default
/// ~/.config/openstack), /etc/openstack. Throws Error(invalid) that lists where it looked, or the entries there are.
CloudEntry read_cloud_entry(std::string_view cloud, const Environment& environment);

}  // namespace muster::openstack
