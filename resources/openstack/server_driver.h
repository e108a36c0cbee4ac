#pragma once

#include "resources/contract/driver.h"

namespace muster::openstack {

/// `openstack.server`: a Nova server, ours by the stamp in its metadata. A create is one POST that carries everything,
/// so a server is never incomplete; names need not be unique, so a replacement may stand beside the old one.
class ServerDriver : public Driver {
 public:
  ServerDriver();
  const Schema& schema() const override { return schema_; }
  Traits traits() const override;

  /// Reach::scope is one list by pages. Reach::listed reads a few known servers by id and otherwise lists: what is
  /// known by its stamp only must be found by it.
  Observation observe(Session& session, const ObserveRequest& request, Context& context) const override;
  Observed create(Session& session, const Resource& resource, const Stamp& stamp, Context& context) const override;
  /// Renews the stamp and the tags; nothing else of a server can change in place.
  Observed update(Session& session, const Resource& resource, const Observed& observed,
                  const std::vector<FieldChange>& changes, const Stamp& stamp, Context& context) const override;
  /// Names and state, and everything of a create that Nova shows: image, flavor, network, key pair, security groups.
  Takeover examine(Session& session, const Resource& resource, const Observed& observed,
                   Context& context) const override;
  /// Writes the stamp into the server's metadata, beside what stands there.
  Observed adopt(Session& session, const Resource& resource, const Observed& observed, const Stamp& stamp,
                 Context& context) const override;
  /// Refuses what is not ours with Error(conflict).
  std::optional<Observed> remove(Session& session, const Observed& observed, Context& context) const override;
  std::vector<Diagnostic> preflight(Session& session, const std::vector<PlannedWrite>& writes,
                                    Context& context) const override;
  int calls(Verb verb, const Value& wanted) const override;

 private:
  Schema schema_;
};

}  // namespace muster::openstack
