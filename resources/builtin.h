#pragma once

#include "resources/contract/registry.h"

namespace muster {

/// Every kind that this program knows.
Registry builtin_registry();

}  // namespace muster
