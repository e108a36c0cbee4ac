#pragma once

// Which resources a person means, and what part of a plan.

#include <string>
#include <vector>

#include "manifests/load.h"
#include "reconciler/apply/reconcile.h"
#include "reconciler/cli/command.h"
#include "reconciler/cli/deployments.h"
#include "reconciler/cli/hosts.h"

namespace muster::cli {

/// The wanted resources that any of the patterns means, in the order of ids; see plan::ids_meant.
/// Throws Error(usage) with a did-you-mean when one names nothing.
std::vector<Resource> resources_meant(const manifests::Load& load, const std::vector<std::string>& patterns);

/// How a command looks at its fleet: what --allow, --rollback, --only, --except, the paths and, for a destroy, the
/// words ask for.
apply::PassOptions pass_options(const Options& options, plan::Goal goal);

/// Plans, shows it and changes nothing: `plan`, and a destroy that is only to be seen. Returns the exit code.
int look_at_plan(Invocation& call, plan::Goal goal);

/// Takes the rows away that are not selected. Throws Error(usage) as above.
void narrow(HostLists& lists, std::vector<DeploymentRow>& deployments, const manifests::Load& load,
            const plan::Selection& selection);

}  // namespace muster::cli
