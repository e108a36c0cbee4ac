#pragma once

// ovh.rrset: all records of one name and type.
//
// Its place decides whose it is (see ownership.h): a wanted set in a scope of another fleet, or in no scope, is
// foreign, and so is one that holds what neither the manifest, nor the scope's record, nor the database explains. A
// wanted set that nothing but the manifest explains is incomplete: create takes it over and brings its flush about, or
// refuses; update and remove change no value of it. When a zone cannot be read (expired, not in the account, no right),
// its wanted and known sets are returned with Condition::unknown and the observation stays complete for the other
// zones; why_incomplete then says why even so. Foreign sets are reported only in scopes of ours: the rest of a zone is
// nobody's leftover.

#include <set>
#include <string>
#include <string_view>

#include "resources/contract/driver.h"

namespace muster::ovh {

/// create, update and remove list the name before they write, so that each may be repeated; a create whose POST lost
/// its answer throws Error(unclear), and doing it again adds only what is missing. A POST that arrives later leaves the
/// same value twice, which reads as two and so gets an update, or a remove, that clears it up.
class RRsetDriver : public Driver {
 public:
  RRsetDriver();
  const Schema& schema() const override { return schema_; }
  Traits traits() const override;
  Observation observe(Session& session, const ObserveRequest& request, Context& context) const override;
  Observed create(Session& session, const Resource& resource, const Stamp& stamp, Context& context) const override;
  Observed update(Session& session, const Resource& resource, const Observed& observed,
                  const std::vector<FieldChange>& changes, const Stamp& stamp, Context& context) const override;
  std::optional<Observed> remove(Session& session, const Observed& observed, Context& context) const override;
  /// It must hold exactly the wanted targets; its ttl may differ.
  Takeover examine(Session& session, const Resource& resource, const Observed& observed,
                   Context& context) const override;
  /// Writes nothing: the scope's record makes it ours, with the next flush.
  Observed adopt(Session& session, const Resource& resource, const Observed& observed, const Stamp& stamp,
                 Context& context) const override;
  std::string flush_kind() const override;
  std::optional<ResourceId> flushed_by(const ResourceId& id) const override;
  void flush(Session& session, const ResourceId& target, const std::vector<Observed>& ours, const Stamp& stamp,
             Context& context) const override;
  std::chrono::seconds lingers(const Value& attributes) const override;
  std::vector<Diagnostic> preflight(Session& session, const std::vector<PlannedWrite>& writes,
                                    Context& context) const override;
  int calls(Verb verb, const Value& wanted) const override;

 private:
  Schema schema_;
};

/// Canonical targets of a wanted or observed value; holes are left out.
std::set<std::string> wanted_targets(const Value& wanted, std::string_view type, std::string_view zone);

}  // namespace muster::ovh
