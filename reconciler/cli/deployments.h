#pragma once

// The deployments of a fleet as people see them: what runs, and what is wanted.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/plan/snapshot.h"
#include "resources/contract/resource.h"

namespace muster::cli {

struct DeploymentRow {
  ResourceId id;
  std::string group;   ///< "Deployment/web"; empty when no manifest wants it
  std::string server;  ///< the IpdServer's name
  std::string project;
  std::string runs;    ///< the version; empty: there is none, or it was not told
  std::string wanted;  ///< the version; empty: the manifest does not say one
  std::string status;  ///< "ok", "being deployed", "failed", ...: never empty
  std::string user;    ///< whose token it came with; empty: not told
  std::optional<Time> since;
};

/// A resource of such a kind is a deployment.
bool is_deployment_kind(std::string_view kind);

/// All that are wanted or ours, sorted by id.
std::vector<DeploymentRow> deployment_rows(const std::vector<Resource>& resources, const plan::Snapshot& snapshot);

}  // namespace muster::cli
