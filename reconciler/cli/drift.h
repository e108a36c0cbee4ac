#pragma once

// What moved in the world since muster last wrote it. What only the manifests ask for anew is no drift.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "reconciler/apply/reconcile.h"
#include "reconciler/plan/make_plan.h"
#include "resources/contract/registry.h"

namespace muster::cli {

enum class Drifted {
  changed,   ///< fields differ, and not because the manifest changed
  gone,      ///< muster made it, and a complete list lacks it
  deleting,  ///< somebody else is removing it
  failed,    ///< it was ready once
  stopped,   ///< a host that does not run
  twin,      ///< several objects carry its id
  foreign,   ///< muster made it, and something that is not ours stands in its place
};
std::string_view to_string(Drifted what);

struct MovedField {
  std::string field;
  Value is;
  Value wanted;  ///< what muster wrote last as well, when the cause is drift alone
  plan::Cause cause = plan::Cause::unknown;
  bool hidden = false;  ///< sensitive: never print the values
};

struct DriftItem {
  ResourceId id;
  std::string group;
  Drifted what = Drifted::changed;
  std::vector<std::string> backend_ids;
  std::string detail;  ///< the backend's words; may be empty
  Time since{};        ///< zero: not told
  std::vector<MovedField> fields;
};

struct Drift {
  std::vector<DriftItem> items;        ///< by group, then id
  std::vector<plan::Unknown> unknown;  ///< nobody can say whether these moved
  std::size_t looked_at = 0;           ///< wanted objects
  std::size_t ignored = 0;             ///< differences that a pattern left out
  std::size_t pending = 0;             ///< other objects that apply would change
  std::size_t never_ours = 0;          ///< wanted where something stands that muster never wrote
};

struct DriftInputs {
  const Registry& registry;
  const apply::Prepared& prepared;
  /// As it was before the reads behind `prepared`: reading remembers what it finds equal.
  const plan::Memory& memory;
  /// What runs of ours began to remove; its going is no drift.
  const std::set<ResourceId>& leaving;
};

/// Pure. Differences whose cause is lost count as drift.
Drift find_drift(const DriftInputs& inputs);

/// ID or ID#FIELD, both with globs: "openstack.server:my-event/*", "ovh.rrset:*#ttl".
struct IgnorePattern {
  std::string id;
  std::string field;  ///< empty: whatever moved
};
/// Throws Error(usage) for a text of another form, and for kinds and fields that do not exist, with a did-you-mean. A
/// name that nothing has today is no mistake.
IgnorePattern ignore_pattern_from(const std::string& text, const Registry& registry);
/// Takes out what the patterns name, and counts it.
void ignore(Drift& drift, const std::vector<IgnorePattern>& patterns);

}  // namespace muster::cli
