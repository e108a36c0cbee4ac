#pragma once

// Reads the zones an observation is about, so that one bad zone does not hide the others.

#include <functional>
#include <set>
#include <string>

#include "resources/contract/driver.h"
#include "resources/ovh/ownership.h"
#include "resources/ovh/zone_api.h"

namespace muster::ovh {

/// A zone that was read completely.
struct ZoneView {
  ZoneApi& api;
  const RRsets& sets;
  const Scopes& scopes;
};

/// Calls `read` for every zone that could be read and `failed` with the words for every other one. Throws when the
/// failure is not the zone's own (credentials, network, interrupt): then no zone would fare better.
void survey(OvhSession& session, const std::set<std::string>& zones, const std::string& fleet, Context& context,
            const std::function<void(const ZoneView&)>& read,
            const std::function<void(const std::string& zone, const std::string& why)>& failed);

/// The zones of what is wanted and known and of the marks, and for a whole scope those the account's manifest names.
std::set<std::string> zones_of(const ObserveRequest& request, const OvhSession& session);

/// For every wanted and known resource in `zone`: an object of condition unknown, so that absence does not count there
/// while it does in the other zones.
void add_unknown(const ObserveRequest& request, const std::string& zone, const std::string& why, Observation& to);

/// What the scope's record says about its objects.
Stamp stamp_of(const ResourceId& id, const ScopeText& text);

}  // namespace muster::ovh
