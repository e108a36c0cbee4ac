#pragma once

// What is sent for a deployment, and what tells that nothing has to be.

#include <optional>
#include <string>

#include "resources/contract/context.h"
#include "resources/contract/observed.h"
#include "resources/contract/resource.h"
#include "resources/ipd/client.h"
#include "resources/ipd/release.h"
#include "resources/ipd/stamp.h"

namespace muster::ipd_driver {

/// `stamp` says whose the project is from then on.
Upload upload_of(const Resource& resource, const Stamp& stamp);

/// What the server took last is what is wanted, and came after `observed` was seen: it waits or runs, or an answer was
/// lost and it has ended since.
bool is_begun(const Deployed& newest, const Resource& resource, const Observed* observed);

/// What ran well before, other than `failed`.
std::optional<Deployed> well_before(Client& client, const std::string& project, const Release& failed,
                                    Context& context);

/// Why what is wanted has failed already, also when no run of ours was there to see it; nothing: it has not, or there
/// is nothing to put back in its place.
std::optional<std::string> failure_before(Client& client, const Resource& resource, const Observed* observed,
                                          const std::optional<Deployed>& newest, Context& context);

}  // namespace muster::ipd_driver
