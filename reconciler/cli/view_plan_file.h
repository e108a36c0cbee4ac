#pragma once

// How a plan file stands to the world of now.

#include <optional>
#include <string>

#include "reconciler/cli/brevity.h"
#include "reconciler/cli/console.h"
#include "reconciler/plan/plan_match.h"
#include "state/history.h"

namespace muster::cli {

struct MatchShown {
  const plan::FileMatch& match;
  std::string path;
  std::optional<state::Run> done_by;  ///< the run that carried it out already
  bool verbose = false;
  int width = 100;
};

/// Why nothing of the file is carried out: every step that has moved, and how.
std::string moved_text(const MatchShown& shown, const Painter& paint);
/// One record for each step that has moved, one for each change that is pending beside them, then the error.
std::string moved_records(const MatchShown& shown);

/// What is pending beside the file and is not done; empty when nothing is.
std::string pending_text(const plan::FileMatch& match, int width, Brevity& brevity);

}  // namespace muster::cli
