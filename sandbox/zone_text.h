#pragma once

#include <string>
#include <vector>

#include "sandbox/zone.h"

namespace muster::sandbox {

/// Text in lower case; only ASCII letters change, because an IDN is kept as Unicode.
std::string fold_name(std::string name);

/// A TXT value in presentation form: quoted, in strings of at most 255 bytes. A value that starts with a quote is
/// returned as it is.
std::string quote_txt(const std::string& text);

/// The zone file in the layout of OVH's text mode: $TTL, the SOA on one line, apex lines with an empty owner, names
/// padded to one column. SPF, DKIM and DMARC appear as the TXT they are served as. `records` sorted by name.
std::string zone_file(const ZoneSoa& soa, const std::vector<DnsRecord>& records);

/// The next serial, YYYYMMDDnn and always above `serial`.
std::int64_t next_serial(std::int64_t serial, ZoneTime now);

}  // namespace muster::sandbox
