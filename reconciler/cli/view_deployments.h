#pragma once

// Deployments for people and for programs; part of `list` and `status`.

#include <cstddef>
#include <string>
#include <vector>

#include "reconciler/cli/deployments.h"

namespace muster::cli {

/// A table of them; empty without any.
std::string deployments_text(const std::vector<DeploymentRow>& rows, Time now, std::size_t width);
/// One record each.
std::string deployment_records(const std::vector<DeploymentRow>& rows);

}  // namespace muster::cli
