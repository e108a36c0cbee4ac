#pragma once

// The manifests' schemas for editors: JSON Schema as yaml-language-server reads it.

#include <string>

#include "resources/contract/registry.h"

namespace muster::manifests {

/// One JSON Schema (draft 7) for a manifest of any kind, the Fleet included; indented, with a final newline.
/// It is as strict as loading where JSON Schema can say it; defaults of the Fleet may stand in for required fields, so
/// those are required only of kinds no default can fill: the Fleet.
std::string schema_json(const Registry& registry);

/// The same for one kind; empty when there is no such kind.
std::string schema_json(const Registry& registry, const std::string& kind);

}  // namespace muster::manifests
