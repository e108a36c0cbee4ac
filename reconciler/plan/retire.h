#pragma once

// What goes of a resource that has more than one object, or gets another one.

#include <cstddef>
#include <vector>

#include "reconciler/plan/outcome.h"

namespace muster::plan {

/// New ones that an earlier run could not get to work go before the next is made: else every run would leave one more.
/// Takes them out of `surplus` and returns their steps.
std::vector<std::size_t> remove_stillborn(const Decided& decided, std::size_t index,
                                          std::vector<const Observed*>& surplus);

/// A twin, or the old one of a replacement: then `object` is `keeper`.
void add_retirement(const Decided& decided, std::size_t index, const Observed& object, const Observed& keeper);

/// Once all retirements are there. An old one goes only when everything that depends on the resource uses the new one,
/// and no old one of that is left.
void retire_old(const Decided& decided);

}  // namespace muster::plan
