#pragma once

// Values of nodes that no schema describes.

#include "manifests/node.h"
#include "resources/contract/value.h"

namespace muster::manifests {

/// Only what needs no guessing is typed: true, false, integers.
Value untyped_value(const Node& node);

}  // namespace muster::manifests
