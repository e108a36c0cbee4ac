#pragma once

// A server that runs on a machine of another manifest.

#include <optional>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/manifest.h"
#include "resources/contract/resource.h"

namespace muster::deployment {

/// What is wrong with how the IpdServer `server` names its host, as far as the schema cannot tell.
std::vector<Diagnostic> faults_of_host(const Manifest& server, const Catalog& catalog);

/// How the IpdServer `server` is reached through its `host`; nothing when it says of none, or wrongly.
std::optional<OfferedConnection> connection_through_host(const Manifest& server, const Catalog& catalog);

}  // namespace muster::deployment
