#pragma once

// The kinds of the generated worlds: between them every trait the planner looks at. As the registry asks, links lead to
// the same or an earlier kind only.

#include "resources/contract/registry.h"

namespace muster::campaign {

/// test.mark: no stamp, says whose a zone is, flushed.
/// test.volume: stamped, one at a time; create-time `source`, immutable `format`, updatable `size`, born `path`.
/// test.host: stamped, coexists; create-time `image`, immutable `size`, updatable `tags`, born `address`.
/// test.record: no stamp, `targets` and `ttl` updatable, flushed by the zone its name ends with.
/// test.site: no stamp, ours by claim only; immutable `engine`, updatable `root`.
/// test.file: inside a host and reached through it; updatable `content`.
/// test.check: a pure check of a host's address and incarnation, without connection.
const Registry& planner_registry();

/// The part of a name behind its first dot.
std::string zone_of(const std::string& name);

/// Two of one kind of connection; a resource may have both as candidates.
inline constexpr const char* connections[] = {"TestCloud/one", "TestCloud/two"};

}  // namespace muster::campaign
