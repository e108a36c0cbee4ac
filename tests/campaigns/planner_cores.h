#pragma once

// Machines of other sizes, for computing.

namespace muster::campaign {

/// From now on std::thread::hardware_concurrency() says so in this program. 0: as many as there are.
void pretend_cores(int cores);

}  // namespace muster::campaign
