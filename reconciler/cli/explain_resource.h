#pragma once

#include <vector>

#include "manifests/load.h"
#include "reconciler/apply/reconcile.h"
#include "reconciler/cli/explanation.h"
#include "reconciler/plan/make_plan.h"
#include "resources/contract/registry.h"
#include "state/store.h"

namespace muster::cli {

/// What explanations are made from. All must outlive the explainer; it reads the database and nothing else.
struct ExplainInputs {
  const Registry& registry;
  const manifests::Load& load;
  const apply::Prepared& prepared;
  state::Store& store;
  Time now{};
  std::size_t steps_shown = 5;  ///< of the history of each resource
};

/// Every id the word may mean: a pattern as --only takes it (over what no manifest wants, too), a backend id, what the
/// columns of list show of a host, or an id that only the history knows. Sorted. Throws Error(usage) with a
/// did-you-mean when there is none.
std::vector<ResourceId> ids_meant(const ExplainInputs& inputs, const std::string& word);

std::vector<Explanation> explain(const ExplainInputs& inputs, const std::vector<ResourceId>& ids);

}  // namespace muster::cli
