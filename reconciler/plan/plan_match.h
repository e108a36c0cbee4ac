#pragma once

// A plan file against the plan of now. Pure.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "reconciler/plan/plan_file.h"
#include "resources/contract/manifest.h"

namespace muster::plan {

/// A step of the file that has no equal any more.
struct Moved {
  ResourceId id;
  Verb verb = Verb::create;
  bool is_done = false;  ///< the world is as the step would have made it
  std::string what;      ///< "image: the manifest moved", "it is gone", "already done"
};

struct Pending {
  ResourceId id;
  Verb verb = Verb::create;
};

struct FileMatch {
  std::string file;                   ///< its id
  std::size_t steps = 0;              ///< of the file; flushes are not counted, a replacement is one
  std::vector<Moved> moved;           ///< empty: the plan may be carried out
  bool all_done = false;              ///< nothing of the file is left to do
  std::vector<Pending> also_pending;  ///< steps of now that the file lacks although its selection covers them
  std::size_t left_out = 0;           ///< other changes of now: the file's selection left them out
};

/// Compares, and narrows `plan`, the whole plan of now, to the steps of the file; to nothing when any of them has
/// moved.
FileMatch match(const PlanFile& file, Plan& plan, const Inputs& inputs, const std::vector<Manifest>& manifests);

}  // namespace muster::plan
