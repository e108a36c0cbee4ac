#pragma once

// What must hold between the resources of all manifests together.

#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/resource.h"

namespace muster::manifests {

/// Sorts by id. Of several resources with one id the first by origin stays; each other one is a diagnostic.
void sort_and_refuse_duplicates(std::vector<Resource>& resources, std::vector<Diagnostic>& diagnostics);

/// Every id that a resource needs, follows, lies inside of, refers to or logs in through must be there.
/// Precondition: sorted by id.
void refuse_dangling(const std::vector<Resource>& resources, std::vector<Diagnostic>& diagnostics);

/// One diagnostic per knot, with a shortest way around it. Precondition: sorted by id.
void refuse_cycles(const std::vector<Resource>& resources, std::vector<Diagnostic>& diagnostics);

}  // namespace muster::manifests
