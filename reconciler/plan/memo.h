#pragma once

// The digest under which "no difference" is remembered.

#include "resources/contract/fingerprint.h"
#include "resources/contract/observed.h"
#include "resources/contract/resource.h"
#include "resources/contract/schema.h"

namespace muster::plan {

/// Covers all a diff looks at: the schema (a newer muster may compare more), what is wanted with symbolic holes, what
/// its refs resolve to in `filled`, the lifecycle, and what was observed. Equal memos have equal diffs.
/// Takes from `fingerprinter`, and leaves it empty.
Fingerprint memo_of(Fingerprinter& fingerprinter, const Schema& schema, const Resource& resource, const Value& filled,
                    const Observed& observed);

}  // namespace muster::plan
