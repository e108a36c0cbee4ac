#pragma once

// What an adoption would take over, what it would not, and what no manifest names.

#include <string>
#include <vector>

#include "manifests/load.h"
#include "reconciler/apply/reconcile.h"
#include "reconciler/cli/console.h"
#include "reconciler/cli/unnamed_hosts.h"
#include "resources/contract/registry.h"

namespace muster::cli {

struct AdoptionShown {
  const apply::PreparedAdoption& prepared;
  const manifests::Load& load;
  const Registry& registry;
  const std::vector<UnnamedHosts>& unnamed;
  bool all = false;  ///< every name instead of the first few
};

std::string adoption_text(const AdoptionShown& shown, const Painter& paint, int width);
/// Of what plan_records does not tell: one record per refusal, per unknown and per unnamed host, and a summary.
std::string adoption_records(const AdoptionShown& shown);

}  // namespace muster::cli
