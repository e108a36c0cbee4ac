#pragma once

// How one RRset gets from what stands to what is wanted: never through an empty answer.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "resources/ovh/zone_api.h"

namespace muster::ovh {

/// One write on a record.
struct RecordWrite {
  enum class Action { create, put, remove };
  Action action = Action::create;
  std::int64_t id = 0;  ///< not for create
  std::string target;   ///< canonical; not for remove
  bool operator==(const RecordWrite&) const = default;
};

/// Pure. `standing`: the records at the name, of any type; those of other types are left alone. Values that stand
/// already stay, surplus records are turned into missing ones, missing ones created; removing comes last. Records of
/// the native text types count as TXT but are never put: OVH checks them by rules of their own.
std::vector<RecordWrite> plan_writes(const std::vector<ZoneRecord>& standing, const RRsetKey& key,
                                     const std::set<std::string>& targets, std::int64_t ttl, std::string_view zone);

/// Canonical targets of the type that stand.
std::set<std::string> targets_of(const std::vector<ZoneRecord>& standing, std::string_view type, std::string_view zone);

/// Throws Error(conflict) when a CNAME would stand beside other data.
void refuse_cname_clash(const std::vector<ZoneRecord>& standing, const RRsetKey& key, std::string_view zone);

/// Lists, notes what stands in the session, plans and writes until the set is as wanted; starts over when an id went
/// away underneath, three times at most. Targets that are neither wanted nor `expected` throw Error(conflict) before
/// anything is written: someone else came first. `expected`: what may be changed or removed, empty when nothing there
/// is known to be ours. `targets` empty: removes the set.
void write_rrset(ZoneApi& api, const RRsetKey& key, const std::set<std::string>& targets, std::int64_t ttl,
                 const std::set<std::string>& expected);

}  // namespace muster::ovh
