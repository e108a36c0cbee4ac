#pragma once

#include <string>

#include "reconciler/cli/console.h"
#include "resources/contract/schema.h"

namespace muster::cli {

/// Every field of a kind with its type, what is allowed, the default and what it means.
std::string schema_text(const Schema& schema, const Painter& paint, int width);

}  // namespace muster::cli
