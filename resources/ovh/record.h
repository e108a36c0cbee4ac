#pragma once

// DNS records as OVH tells them, and the one form in which muster compares them. Pure.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace muster::ovh {

/// One record of a zone.
struct ZoneRecord {
  std::int64_t id = 0;   ///< a hint that dies with any import or edit in text form; 0: not told
  std::string name;      ///< relative to the zone, lower case, empty at the apex
  std::string type;      ///< as OVH calls it, native types (SPF, DKIM, DMARC) included
  std::string target;    ///< presentation text; of text types the text itself, decoded where the record was read
  std::int64_t ttl = 0;  ///< seconds; 0: the zone's default
  bool operator==(const ZoneRecord&) const = default;
};

/// What DNS knows the type as: SPF, DKIM and DMARC are served as TXT.
std::string_view served_type(std::string_view type);

/// ASCII letters in lower case; others stay, because OVH keeps international names as Unicode.
std::string fold_name(std::string_view name);

/// `name` relative to `zone`: a trailing dot and the zone cut off, "@" and the zone itself as "".
std::string relative_name(std::string_view name, std::string_view zone);

/// `name` made absolute with a final dot: a host without one is relative to the zone.
std::string absolute_name(std::string_view name, std::string_view zone);

/// The form in which targets are compared, from presentation text as a manifest has it: addresses as inet_ntop prints
/// them, host names absolute and folded, TXT decoded, blanks single. A target that is malformed for its type stays as
/// it is.
std::string canonical_target(std::string_view type, std::string_view target, std::string_view zone);

/// The same of a record that was read, whose text is decoded already.
std::string canonical_target(const ZoneRecord& record, std::string_view zone);

/// Presentation text of a canonical target: what canonical_target() makes it from.
std::string presented_target(std::string_view type, std::string_view canonical);

/// The text of a TXT that may or may not be quoted: quotes removed, escapes resolved, its strings joined.
std::string decode_txt(std::string_view text);

/// The inverse: quoted only when it begins with a quote, because the native types want their text bare.
std::string encode_txt(std::string_view text);

struct RRsetKey {
  std::string name;
  std::string type;  ///< as served
  auto operator<=>(const RRsetKey&) const = default;
};

/// All records of one name and type. Not empty.
struct RRset {
  RRsetKey key;
  std::set<std::string> targets;         ///< canonical
  std::set<std::int64_t> ttls;           ///< one, unless someone edited a single record
  std::multiset<std::string> surplus{};  ///< targets that stand more than once, each as often as it need not
};

using RRsets = std::map<RRsetKey, RRset>;
RRsets group_records(const std::vector<ZoneRecord>& records, std::string_view zone);

}  // namespace muster::ovh
