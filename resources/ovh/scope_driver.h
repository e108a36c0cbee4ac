#pragma once

// ovh.scope: the TXT record `_muster.<scope>` that says which fleet writes below a name, and proves what it wrote.
//
// Its digest is kept by flush, together with the publication it proves. The record carries fleet and revision but no
// incarnation, hence Traits::stampable is false: create lists before it writes and may be repeated.
// A scope whose publication never came about is incomplete, so that it gets a step whose flush is due, whoever lost the
// debt: nothing was flushed since it was made, the zone is not deployed, it proves sets of which none stands, or a
// create that arrived late left a second record, which the flush removes. Sets that were added later tell it themselves
// (rrset_driver.h). Surplus sets alone tell nothing: others may put them there. A zone that cannot be read is treated
// as in rrset_driver.h.

#include "resources/contract/driver.h"

namespace muster::ovh {

class ScopeDriver : public Driver {
 public:
  ScopeDriver();
  const Schema& schema() const override { return schema_; }
  Traits traits() const override;
  Observation observe(Session& session, const ObserveRequest& request, Context& context) const override;
  /// Throws Error(conflict) naming the other fleet when the scope is held already.
  Observed create(Session& session, const Resource& resource, const Stamp& stamp, Context& context) const override;
  Observed update(Session& session, const Resource& resource, const Observed& observed,
                  const std::vector<FieldChange>& changes, const Stamp& stamp, Context& context) const override;
  std::optional<Observed> remove(Session& session, const Observed& observed, Context& context) const override;
  std::string flush_kind() const override;
  std::optional<ResourceId> flushed_by(const ResourceId& id) const override;
  void flush(Session& session, const ResourceId& target, const std::vector<Observed>& ours, const Stamp& stamp,
             Context& context) const override;
  std::vector<Diagnostic> preflight(Session& session, const std::vector<PlannedWrite>& writes,
                                    Context& context) const override;
  int calls(Verb verb, const Value& wanted) const override;

 private:
  Schema schema_;
};

}  // namespace muster::ovh
