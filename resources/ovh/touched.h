#pragma once

// Two machines may publish the same scope. What one of them published must stay proven when the other publishes next.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "resources/ovh/ownership.h"
#include "resources/ovh/record.h"

namespace muster::ovh {

/// Canonical targets of each set that a session wrote, as they were when the zone's marks were last known to be true;
/// empty: no such set stood there.
using Before = std::map<RRsetKey, std::set<std::string>>;

/// The digested ones of `standing`, all sets in one scope, that its mark proves and that the session did not write.
/// Nothing when the mark proves something else than what stood there before the session wrote: sets of others, or a
/// publication that never came about.
std::optional<std::vector<RRset>> proven_by_others(const std::vector<RRset>& standing, const Before& before,
                                                   const Proof& mark);

}  // namespace muster::ovh
