#pragma once

// When what a manifest wants begins and ends, for people.

#include <optional>
#include <string>

#include "resources/contract/manifest.h"
#include "resources/contract/resource.h"

namespace muster::cli {

/// `from` of its spec: when it begins, not when its hosts are made.
std::optional<Time> begin_of(const Manifest& manifest);
/// `expires` of its spec and `extend` with it: when it is over, not when its hosts go.
std::optional<Time> end_of(const Manifest& manifest);

/// "begins 2025-06-30 07:00 UTC (in 3 d 2 h)", "ends ... (in 5 h)", "over since ..."; empty without dates.
std::string dates_text(std::optional<Time> begin, std::optional<Time> end, Time now);

}  // namespace muster::cli
