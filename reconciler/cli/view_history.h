#pragma once

// The journal for people and machines: runs, the steps of one run, what was done to one thing.

#include <map>
#include <string>
#include <vector>

#include "reconciler/cli/console.h"
#include "state/history.h"

namespace muster::cli {

/// `open`: it has no end in the journal, and whether it goes on is hidden from us.
enum class RunEnd { ended, running, killed, open };

struct RunShown {
  state::Run run;
  RunEnd end = RunEnd::ended;
  std::map<state::StepOutcome, std::size_t> outcomes;  ///< of its steps so far
};

/// One step together with the run it was a part of.
struct ActionShown {
  state::StepRecord step;
  RunShown run;
};

std::string runs_text(const std::vector<RunShown>& runs, Time now, int width);
std::string run_text(const RunShown& run, const std::vector<state::StepRecord>& steps, Time now, const Painter& paint,
                     int width);
/// Newest first; ids are shown when there are several.
std::string actions_text(const std::vector<ActionShown>& actions, int width);

std::string runs_records(const std::vector<RunShown>& runs);
/// The run, then its steps.
std::string run_records(const RunShown& run, const std::vector<state::StepRecord>& steps);
std::string actions_records(const std::vector<ActionShown>& actions);

}  // namespace muster::cli
