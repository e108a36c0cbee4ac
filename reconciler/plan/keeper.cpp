#include "reconciler/plan/keeper.h"

#include <algorithm>
#include <tuple>

namespace muster::plan {

const Observed* choose_keeper(const std::vector<const Observed*>& candidates,
                              const std::function<bool(const Observed&)>& matches) {
  // Smaller is better; an age the backend does not tell sorts last, the id decides then.
  const auto rank = [&](const Observed& object) {
    const bool leaving = object.condition == Condition::deleting || object.condition == Condition::failed;
    const Time age = object.created == Time{} ? Time::max() : object.created;
    return std::tuple(leaving, !matches(object), object.condition != Condition::ready, age, object.backend_id);
  };
  return *std::min_element(candidates.begin(), candidates.end(),
                           [&](const Observed* a, const Observed* b) { return rank(*a) < rank(*b); });
}

}  // namespace muster::plan
