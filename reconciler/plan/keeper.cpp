#include "reconciler/plan/keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace muster::plan {
namespace {

// Smaller is better; an age the backend does not tell sorts last, the id decides then.
auto rank(const Observed& object, const std::function<bool(const Observed&)>& matches) {
  const bool leaving = object.condition == Condition::deleting || object.condition == Condition::failed;
  const Time age = object.created == Time{} ? Time::max() : object.created;
  return std::tuple(leaving, !matches(object), object.condition != Condition::ready, age, object.backend_id);
}

}  // namespace

const Observed* choose_keeper(const std::vector<const Observed*>& candidates,
                              const std::function<bool(const Observed&)>& matches) {
  return *std::min_element(candidates.begin(), candidates.end(),
                           [&](const Observed* a, const Observed* b) { return rank(*a, matches) < rank(*b, matches); });
}

std::string why_kept(const Observed& keeper, const Observed& other,
                     const std::function<bool(const Observed&)>& matches) {
  const auto [keeper_leaving, keeper_differs, keeper_unready, keeper_age, keeper_id] = rank(keeper, matches);
  const auto [other_leaving, other_differs, other_unready, other_age, other_id] = rank(other, matches);
  if (keeper_leaving != other_leaving) return fmt::format("the other is {}", to_string(other.condition));
  if (keeper_differs != other_differs) return "the other differs in what only a new one can have";
  if (keeper_unready != other_unready) return fmt::format("it is ready, the other is {}", to_string(other.condition));
  if (keeper_age != other_age) return "it is the older one";
  return "nothing tells them apart but their backend ids, and its own comes first";
}

}  // namespace muster::plan
