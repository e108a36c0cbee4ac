#pragma once

// A second planner, slow and plain, written from the rules (docs/design.md and the headers) and not from the first:
// each id by itself, everything looked up again whenever it is needed. It tells what happens to which object, not in
// which words nor in which order.

#include <map>
#include <set>
#include <string>

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"

namespace muster::campaign {

/// What is said of each id, one short text for each step or other entry: "create", "delete host-3", "held". Flush
/// targets say "flush". An id of which there is nothing to say is not there.
using Words = std::map<ResourceId, std::set<std::string>>;

Words words_of(const plan::Plan& plan);
Words obvious_words(const plan::Inputs& inputs);

}  // namespace muster::campaign
