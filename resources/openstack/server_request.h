#pragma once

// The body of Nova's create call.

#include <string>
#include <string_view>

#include "resources/contract/observed.h"
#include "resources/contract/value.h"
#include "resources/openstack/names.h"

namespace muster::openstack {

std::string base64(std::string_view bytes);

/// JSON. Resolves the names in `wanted`, which has no holes. Throws Error(invalid) for a name that does not resolve,
/// user data over the limit, or tags on a Nova that takes none.
std::string create_body(const Value& wanted, const Stamp& stamp, Client& client, Names& names, Context& context);

}  // namespace muster::openstack
