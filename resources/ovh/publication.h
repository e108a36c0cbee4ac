#pragma once

// Makes what was written to a zone take effect.

#include <string>
#include <vector>

#include "resources/contract/observed.h"
#include "resources/ovh/session.h"

namespace muster::ovh {

/// Asks OVH to publish the zone and waits until its name servers have it: zone status, at most 60 s. A key without the
/// right to read the status is believed. Then brings the record of each of our scopes up to date with `ours`, so that
/// it proves nothing that is not published, and publishes again if that changed any. What another run has published
/// there since this one was planned stays proven, unless sets of others stand beside it. Idempotent. A scope whose
/// record is gone or another fleet's is left alone: making it is its driver's step. Throws Error(transient) with the
/// zone's own errors when it is not published in time, Error(denied) without the right.
void publish_zone(OvhSession& session, const std::string& zone, const std::vector<Observed>& ours, const Stamp& stamp,
                  Context& context);

}  // namespace muster::ovh
