#pragma once

// What tests of scopes and RRsets ask for: sets made as one apply makes them, and how they are read.

#include <string>
#include <utility>
#include <vector>

#include "resources/ovh/names.h"
#include "resources/ovh/rrset_driver.h"
#include "resources/ovh/scope_driver.h"
#include "resources/ovh/test_account.h"

namespace muster::ovh::testing {

inline const RRsetDriver rrsets;
inline const ScopeDriver scopes;

inline ObserveRequest request(std::vector<Resource> wanted, std::vector<Observed> known = {}) {
  ObserveRequest asked;
  asked.fleet = test_fleet;
  asked.wanted = std::move(wanted);
  asked.known = std::move(known);
  return asked;
}

inline const Observed* find(const std::vector<Observed>& objects, const ResourceId& id) {
  for (const Observed& object : objects)
    if (object.id == id) return &object;
  return nullptr;
}

inline void flush(TestAccount& account, OvhSession& session, const std::vector<Observed>& ours) {
  rrsets.flush(session, zone_id(account.zone), ours, test_stamp(zone_id(account.zone)), account.context);
}

/// What the database keeps of a set once it was written.
inline Observed written_as(const Resource& set) {
  Observed object;
  object.id = set.id;
  object.ownership = Ownership::ours;
  object.condition = Condition::ready;
  object.attributes = set.wanted;
  return object;
}

/// The same with an address that is not known before its server is made.
inline Resource with_address_to_come(Resource set) {
  set.wanted.as_map()["targets"] = List{Value(Hole(Ref{{"openstack.server", "my-event/alpha"}, "ipv4"}))};
  return set;
}

/// Scope and sets made and published, as one apply does it; what stands then.
inline std::vector<Observed> make(TestAccount& account, OvhSession& session, const std::vector<Resource>& sets,
                                  const std::string& scope = "my-event") {
  std::vector<Observed> ours;
  const Resource owner = wanted_scope(scope);
  ours.push_back(scopes.create(session, owner, test_stamp(owner.id), account.context));
  for (const Resource& set : sets) ours.push_back(rrsets.create(session, set, test_stamp(set.id), account.context));
  flush(account, session, ours);
  return ours;
}

inline const Resource alpha = wanted_rrset("alpha.my-event", "A", {"192.0.2.1"});
inline const Resource beta = wanted_rrset("beta.my-event", "A", {"192.0.2.2"});

}  // namespace muster::ovh::testing
