#pragma once

// `ipd.deployment`: what a project on an IPD server runs.

#include "resources/contract/driver.h"

namespace muster::ipd_driver {

/// A project cannot be removed from an IPD server: what runs there goes on. Removing it here lets go of it.
class DeploymentDriver : public Driver {
 public:
  DeploymentDriver();
  const Schema& schema() const override { return schema_; }
  Traits traits() const override;
  Observation observe(Session& session, const ObserveRequest& request, Context& context) const override;
  Observed create(Session& session, const Resource& resource, const Stamp& stamp, Context& context) const override;
  Observed update(Session& session, const Resource& resource, const Observed& observed,
                  const std::vector<FieldChange>& changes, const Stamp& stamp, Context& context) const override;
  Takeover examine(Session& session, const Resource& resource, const Observed& observed,
                   Context& context) const override;
  Observed adopt(Session& session, const Resource& resource, const Observed& observed, const Stamp& stamp,
                 Context& context) const override;
  std::optional<Observed> remove(Session& session, const Observed& observed, Context& context) const override;
  std::optional<Observed> put_back(Session& session, const Resource& resource, const Observed& failed,
                                   const Stamp& stamp, Context& context) const override;
  std::vector<Diagnostic> preflight(Session& session, const std::vector<PlannedWrite>& writes,
                                    Context& context) const override;
  int calls(Verb verb, const Value& wanted) const override;

 private:
  Schema schema_;
};

}  // namespace muster::ipd_driver
