#include "resources/ovh/touched.h"

namespace muster::ovh {

std::optional<std::vector<RRset>> proven_by_others(const std::vector<RRset>& standing, const Before& before,
                                                   const Proof& mark) {
  std::vector<RRset> untouched;
  for (const RRset& set : standing)
    if (is_digested(set.key.type) && !before.contains(set.key)) untouched.push_back(set);
  std::vector<RRset> as_it_was = untouched;
  for (const auto& [key, targets] : before)
    if (!targets.empty()) as_it_was.push_back({key, targets, {}});
  std::vector<const RRset*> pointers;
  for (const RRset& set : as_it_was) pointers.push_back(&set);
  if (prove(pointers) != mark) return std::nullopt;
  return untouched;
}

}  // namespace muster::ovh
