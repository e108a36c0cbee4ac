#pragma once

#include <string>
#include <vector>

#include "reconciler/cli/console.h"
#include "resources/contract/resource.h"

namespace muster::cli {

/// Everything that would be sent for these resources; secrets cut, values known later as <...>.
std::string render_text(const std::vector<Resource>& resources, const Painter& paint);
std::string render_records(const std::vector<Resource>& resources);

}  // namespace muster::cli
