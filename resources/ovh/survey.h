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

/// Why a zone could not be read.
struct ZoneFailure {
  std::string words;
  /// It may be over in a moment (5xx, 429): another read of the same zone may have succeeded meanwhile, so that this
  /// one must not look as if nothing stood there.
  bool may_pass = false;
};

/// Calls `read` for every zone that could be read and `failed` for every other one. Throws when the failure is not the
/// zone's own (credentials, network, interrupt): then no zone would fare better.
void survey(OvhSession& session, const std::set<std::string>& zones, const std::string& fleet, Context& context,
            const std::function<void(const ZoneView&)>& read,
            const std::function<void(const std::string& zone, const ZoneFailure& why)>& failed);

/// The zones of what is wanted and known and of the marks, and for a whole scope those the account's manifest names.
std::set<std::string> zones_of(const ObserveRequest& request, const OvhSession& session);

/// For every wanted and known resource in `zone`: an object of condition unknown, so that absence does not count there
/// while it does in the other zones. What may pass makes the whole observation incomplete: of what is neither wanted
/// nor known nobody could tell that it was not looked for.
void add_unknown(const ObserveRequest& request, const std::string& zone, const ZoneFailure& why, Observation& to);

/// What the scope's record says about its objects.
Stamp stamp_of(const ResourceId& id, const ScopeText& text);

}  // namespace muster::ovh
