#pragma once

// How zones, scopes and RRsets are named as resources.

#include <optional>
#include <string>
#include <string_view>

#include "resources/contract/observed.h"
#include "resources/contract/resource.h"
#include "resources/ovh/record.h"

namespace muster::ovh {

inline constexpr std::string_view rrset_kind = "ovh.rrset";
inline constexpr std::string_view scope_kind = "ovh.scope";
inline constexpr std::string_view zone_kind = "ovh.zone";

/// ovh.rrset:example.com/abcde.my-event/A; the apex is "@".
ResourceId rrset_id(std::string_view zone, const RRsetKey& key);
/// ovh.scope:example.com/my-event; the apex is "@".
ResourceId scope_id(std::string_view zone, std::string_view scope);
/// ovh.zone:example.com, what an RRset or a scope is flushed by.
ResourceId zone_id(std::string_view zone);

struct RRsetName {
  std::string zone;
  RRsetKey key;
};
struct ScopeName {
  std::string zone;
  std::string scope;
};

// The inverses. Throw Error(permanent) for an id of another shape: a blueprint names its resources wrongly.
RRsetName rrset_name(const ResourceId& id);
ScopeName scope_name(const ResourceId& id);
/// The zone of any of the three.
std::string zone_of(const ResourceId& id);

/// The scope that an RRset needs; nothing when it needs none.
std::optional<std::string> needed_scope(const Resource& rrset);

}  // namespace muster::ovh
