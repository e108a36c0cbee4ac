#pragma once

// How far each manifest is.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/cli/console.h"
#include "reconciler/cli/deployments.h"
#include "reconciler/cli/view_plan.h"
#include "state/history.h"
#include "state/run_lock.h"

namespace muster::cli {

struct GroupStatus {
  std::string group;
  std::size_t hosts = 0;
  std::size_t hosts_ready = 0;  ///< the host and all its checks
  std::size_t checks = 0;
  std::size_t checks_passed = 0;
  std::size_t pending = 0;
  std::size_t held = 0;
  std::size_t unknown = 0;
  std::size_t problems = 0;
  std::optional<Time> begins;
  std::optional<Time> expires;
};

/// Sorted by group; what no manifest wants any more comes under the empty one.
std::vector<GroupStatus> status_of(const std::vector<Resource>& resources, const std::vector<Manifest>& manifests,
                                   const apply::Prepared& prepared);

struct StatusShown {
  const apply::Prepared& prepared;
  std::vector<GroupStatus> groups;
  std::vector<DeploymentRow> deployments;
  std::optional<state::Run> last;
  Time now{};
  std::optional<state::LockHolder> at_work{};  ///< the run that goes on
  std::size_t table_width = std::string::npos;
};

/// The table, then every problem and every reason why something is not known, then the last run.
std::string status_text(const StatusShown& shown, const Painter& paint, int width);
/// One record per group, one per problem, one for the last run.
std::string status_records(const StatusShown& shown);

}  // namespace muster::cli
