#pragma once

// How the Fleet's defaults come under a manifest's own spec, before either is typed.

#include "manifests/node.h"
#include "resources/contract/schema.h"

namespace muster::manifests {

/// Lays `own` over `defaults`: mappings of records and dictionaries are joined, everything else is replaced. An
/// explicit null takes a default away. Either may be null.
NodePtr merge_defaults(const NodePtr& own, const NodePtr& defaults, const Field& field);

}  // namespace muster::manifests
