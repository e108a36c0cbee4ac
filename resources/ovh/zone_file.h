#pragma once

// Reads zone files (RFC 1035 section 5, $TTL of RFC 2308) as OVH exports them. Pure.

#include <string_view>
#include <vector>

#include "resources/ovh/record.h"

namespace muster::ovh {

/// Every record of the text but the SOA, in its order, without ids. A record without a ttl of its own gets 0.
///
/// Throws Error(permanent) naming zone and line for text that is no zone file; $INCLUDE and $GENERATE count as such,
/// because leaving out what they stand for would look like absence.
std::vector<ZoneRecord> parse_zone_file(std::string_view text, std::string_view zone);

}  // namespace muster::ovh
