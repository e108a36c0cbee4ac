#pragma once

// What stands after an option, read strictly: each throws Error(usage) that names the option and what it takes.

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "resources/contract/resource.h"

namespace muster::cli {

struct Range {
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

std::int64_t number_from(const std::string& text, const std::string& what, Range range = {});
/// "0.5": zero or more.
double fraction_from(const std::string& text, const std::string& what);
/// "90", "90s", "5m", "2h": seconds; "20ms" as well, where milliseconds make sense.
std::chrono::milliseconds duration_from(const std::string& text, const std::string& what);
/// "90m", "2h", "3d": that long before `now`; or a UTC date or time: "2026-11-20", "2026-11-20T10:00" (with ":30",
/// "Z").
Time moment_from(const std::string& text, const std::string& what, Time now);
/// The same dates and times, or that long after `now`.
Time coming_moment_from(const std::string& text, const std::string& what, Time now);
/// "yes" or "no".
bool yes_no_from(const std::string& text, const std::string& what);

}  // namespace muster::cli
