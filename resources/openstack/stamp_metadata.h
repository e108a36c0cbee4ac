#pragma once

// The stamp as server metadata: keys muster-*, every value at most 255 characters. A golden file freezes the form.

#include <map>
#include <optional>
#include <string>

#include "resources/contract/observed.h"

namespace muster::openstack {

using Metadata = std::map<std::string, std::string, std::less<>>;

/// The field digests stand in muster-digests, or in muster-digests-1, -2 ... when they are longer than one value may
/// be. Throws Error(invalid) when the resource id is longer than a metadata value.
Metadata metadata_from(const Stamp& stamp);

/// Nothing when there is no stamp, or one that cannot be read as a whole: what we cannot read is not ours to touch.
std::optional<Stamp> stamp_from(const Metadata& metadata);

}  // namespace muster::openstack
