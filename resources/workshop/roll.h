#pragma once

// The numbers of `lifecycle.roll`: how hosts are replaced in batches.

#include <cstddef>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/manifest.h"
#include "resources/contract/resource.h"

namespace muster::workshop {

/// Shares are taken of `hosts`: batch and surge rounded up, maxUnavailable down. What cannot work becomes an error, a
/// `roll` that another policy leaves without effect a warning.
Roll roll_of(const Manifest& manifest, std::size_t hosts, std::vector<Diagnostic>& diagnostics);

}  // namespace muster::workshop
