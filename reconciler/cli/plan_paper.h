#pragma once

// Plan files on disk: `plan -o FILE`, `apply FILE`.

#include <optional>
#include <string>

#include "reconciler/cli/command.h"
#include "reconciler/plan/plan_file.h"
#include "state/history.h"

namespace muster::cli {

/// Takes the plan file out of `options.paths`: what is neither a directory nor called *.yaml or *.yml.
/// Throws Error(usage) when there are two, or when an option stands beside it that the file itself holds.
std::optional<std::string> take_plan_file(Options& options);

/// Throws Error(usage or invalid) that names the file.
plan::PlanFile load_plan_file(const std::string& path);

/// Atomic, mode 0600, an earlier file is replaced. Throws Error(usage) when it cannot be written there.
void save_plan_file(const std::string& path, const std::string& text);

/// The same as save_plan_file would, before anything is read or planned.
void check_plan_file_name(const std::string& path);

/// How the history calls a run that carried out this file.
std::string plan_command(const std::string& plan_id);
/// The newest run that carried it out, when the history still knows.
std::optional<state::Run> run_of_plan(state::History& history, const std::string& plan_id);

}  // namespace muster::cli
