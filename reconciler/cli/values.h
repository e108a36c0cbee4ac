#pragma once

// What stands after an option, read strictly: each throws Error(usage) that names the option and what it takes.

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

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
/// "yes" or "no".
bool yes_no_from(const std::string& text, const std::string& what);

}  // namespace muster::cli
