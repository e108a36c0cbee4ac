#pragma once

// What a manifest's blueprint makes of it.

#include "resources/contract/blueprint.h"
#include "resources/contract/manifest.h"
#include "resources/contract/registry.h"

namespace muster::manifests {

/// Never throws what a blueprint throws: it is a diagnostic. Of a manifest that is not sound only the problems come
/// that are not about what is wrong; of the spec as a whole only warnings, since a blueprint asks first whether what
/// they rest on is sound. Safe on several threads at once.
Expansion expansion_of(const Manifest& manifest, const Catalog& catalog, bool is_sound, const Registry& registry);

}  // namespace muster::manifests
