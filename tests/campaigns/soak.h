#pragma once

// Whether the long forms of the campaigns were asked for.

#include <cstdlib>
#include <string_view>

namespace muster::campaign {

/// ./test --soak sets MUSTER_SOAK=1.
inline bool is_soak() {
  const char* value = std::getenv("MUSTER_SOAK");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace muster::campaign
