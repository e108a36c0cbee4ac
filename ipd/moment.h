#pragma once

#include <chrono>

#include "resources/contract/observed.h"

namespace muster::ipd {

/// Wall time in whole milliseconds.
inline Time now() { return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

}  // namespace muster::ipd
