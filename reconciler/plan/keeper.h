#pragma once

// Of several objects with one id, the one that stays.

#include <functional>
#include <string>
#include <vector>

#include "resources/contract/observed.h"

namespace muster::plan {

/// Chosen from manifests and remote facts only, never from the database: two machines would each delete the other's.
/// One that failed or is being deleted only when there is no other; then: matches what is wanted, then ready, then
/// oldest, then smallest backend id. `candidates` is not empty and ours.
const Observed* choose_keeper(const std::vector<const Observed*>& candidates,
                              const std::function<bool(const Observed&)>& matches);

/// What decided that `keeper` stays and `other` goes, in words: "it is the older one".
std::string why_kept(const Observed& keeper, const Observed& other,
                     const std::function<bool(const Observed&)>& matches);

}  // namespace muster::plan
