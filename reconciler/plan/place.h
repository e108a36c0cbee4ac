#pragma once

// Which connection a resource goes through.

#include <string>

#include "reconciler/plan/snapshot.h"
#include "resources/contract/resource.h"

namespace muster::plan {

/// Where an object of ours lives already, else the first candidate; for an offered connection "Host/<id that offers
/// it>"; empty for a kind without session.
std::string place(const Resource& resource, const Snapshot& snapshot);

}  // namespace muster::plan
