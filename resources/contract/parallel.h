#pragma once

// Computing on all cores what is independent of each other. Not for calls to backends: those wait, and have limits.

#include <cstddef>
#include <functional>

namespace muster {

/// Calls `work(begin, end)` for ranges that together are [0, count), some at the same time, and returns when all have
/// ended. How it is cut depends on the machine, so the results must not: let each index write a slot of its own. Throws
/// what the range with the lowest indices threw, after all have ended.
void in_parallel(std::size_t count, const std::function<void(std::size_t begin, std::size_t end)>& work);

}  // namespace muster
