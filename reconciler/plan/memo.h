#pragma once

// The key under which "no difference" is remembered.

#include <string>

#include "resources/contract/observed.h"
#include "resources/contract/resource.h"

namespace muster::plan {

/// Covers all a diff looks at: what is wanted with symbolic holes, the attributes its refs resolved to, lifecycle, and
/// what was observed. Equal keys have equal diffs.
std::string memo_key(const Resource& resource, const Value& filled, const Observed& observed);

}  // namespace muster::plan
