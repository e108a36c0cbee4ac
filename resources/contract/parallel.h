#pragma once

// Doing at the same time what is independent of each other.

#include <cstddef>
#include <functional>

namespace muster {

/// For computing: calls `work(begin, end)` for ranges that together are [0, count), some at the same time, and returns
/// when all have ended. How it is cut depends on the machine, so the results must not: let each index write a slot of
/// its own. Throws what the range with the lowest indices threw, after all have ended.
void in_parallel(std::size_t count, const std::function<void(std::size_t begin, std::size_t end)>& work);

/// For calls to backends, which wait and have limits: calls `work(index)` for each index of [0, count), at most `most`
/// at the same time, and returns when all have ended. Once one has thrown, none is begun any more; throws what the
/// lowest index threw.
void at_once(std::size_t count, std::size_t most, const std::function<void(std::size_t index)>& work);

}  // namespace muster
