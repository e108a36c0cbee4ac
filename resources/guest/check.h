#pragma once

// The kind guest.check: a host answers on a port or by its name, seen from here.

#include "resources/contract/driver.h"

namespace muster::guest {

/// Nothing of a check exists outside muster: it is looked for again whenever the cache does not show that this
/// incarnation of the server has passed it. Guests are reached through the proxy in MUSTER_GUEST_PROXY when it is set,
/// and https is verified against the certificates in MUSTER_GUEST_CA instead of the system's.
class GuestCheck : public Driver {
 public:
  GuestCheck();
  const Schema& schema() const override { return schema_; }
  Traits traits() const override;

  /// Always complete, unless it was interrupted. A check that fails and that nobody has begun is not among the objects.
  Observation observe(Session& session, const ObserveRequest& request, Context& context) const override;
  /// Looks once and does not wait: ready, or progressing with the reason.
  Observed create(Session& session, const Resource& resource, const Stamp& stamp, Context& context) const override;
  Observed update(Session& session, const Resource& resource, const Observed& observed,
                  const std::vector<FieldChange>& changes, const Stamp& stamp, Context& context) const override;
  std::optional<Observed> remove(Session& session, const Observed& observed, Context& context) const override;
  int calls(Verb verb, const Value& wanted) const override;

 private:
  Schema schema_;
};

}  // namespace muster::guest
