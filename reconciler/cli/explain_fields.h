#pragma once

// Field by field: what is wanted, where that is written, what is there, and how the two stand. Pure.

#include <set>
#include <vector>

#include "reconciler/cli/explanation.h"
#include "resources/contract/blueprint.h"
#include "resources/contract/manifest.h"
#include "resources/contract/resource.h"
#include "resources/contract/schema.h"

namespace muster::cli {

struct FieldInputs {
  const Schema& schema;
  const Resource* resource = nullptr;    ///< nullptr: no manifest wants it
  Value wanted;                          ///< known refs filled
  const Manifest* manifest = nullptr;    ///< that wants it
  const Blueprint* blueprint = nullptr;  ///< of that manifest
  std::set<ResourceId> unread{};         ///< what they say of these is not what was seen now
};

/// In the order of the schema; `explanation` holds objects, steps and held changes already. Fields that neither are
/// wanted nor were seen are left out.
std::vector<FieldExplained> fields_explained(const FieldInputs& inputs, const Explanation& explanation);

}  // namespace muster::cli
