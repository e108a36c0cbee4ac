#pragma once

// All that is known of one resource: what is wanted and where that is written, what is there, what differs and why,
// what would be done, and what was done last. Plain data for the views of `explain`.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/plan/plan.h"
#include "resources/contract/observed.h"
#include "resources/contract/resource.h"
#include "resources/contract/schema.h"
#include "state/claims.h"
#include "state/history.h"
#include "state/intents.h"

namespace muster::cli {

/// A place in a manifest that a field is made from.
struct FieldSource {
  std::string path;             ///< "spec.flavor"
  std::optional<Origin> place;  ///< nothing: nobody wrote it, the schema's default holds
  bool of_fleet = false;        ///< it stands in the Fleet's defaults
};

enum class FieldStanding {
  equal,
  differs,       ///< a step changes it
  held,          ///< it differs, and policy keeps it as it is
  not_compared,  ///< it steers muster, or is only told by the backend
  unread,        ///< a secret in it could not be read
  not_seen,      ///< nothing is there to compare with, or it could not be read
};

struct FieldExplained {
  std::string name;
  std::string doc;
  bool sensitive = false;
  bool create_time = false;  ///< known by its digest only
  Value wanted;              ///< known refs filled; null when nothing is wanted
  std::string digest;        ///< of the wanted value as declared; empty when nothing is wanted
  std::vector<Ref> refs;     ///< that it was filled from, or waits for
  std::vector<FieldSource> sources;
  Value observed;       ///< null: the backend does not show it, or nothing is there
  std::string stamped;  ///< the digest in the stamp, for create-time fields
  FieldStanding standing = FieldStanding::not_seen;
  plan::Cause cause = plan::Cause::unknown;  ///< of a difference
};

struct ObjectExplained {
  Observed object;
  bool is_keeper = false;
  std::string why;  ///< of several: why it stays, or which stays instead
};

/// An edge to another resource.
struct Link {
  ResourceId id;
  std::string how;  ///< "uses its ipv4", "after it", "goes with it"
};

struct LastStep {
  state::StepRecord step;
  std::optional<state::Run> run;
};

struct Explanation {
  ResourceId id;
  std::string group;  ///< empty: no manifest wants it
  std::optional<Origin> origin;
  bool is_wanted = false;
  std::string connection;       ///< where it is, or would be made
  std::optional<Time> read_at;  ///< when its scope was read
  std::string unread;           ///< why the scope is not known, when it is not
  std::vector<FieldExplained> fields;
  std::vector<ObjectExplained> objects;  ///< ours, the keeper first
  std::vector<Observed> foreign;         ///< not ours, at this id
  std::vector<plan::Step> steps;
  std::vector<ResourceId> after;  ///< what those steps wait for, themselves not among them
  std::vector<plan::Held> held;
  std::vector<plan::Unknown> unknown;
  std::vector<Diagnostic> problems;
  std::vector<Link> needs;
  std::vector<Link> needed_by;
  std::optional<Time> applied_at;  ///< when muster last wrote it
  std::vector<state::Intent> intents;
  std::vector<state::Claim> claims;
  std::vector<LastStep> history;  ///< newest first
};

/// What apply would do about it and why, the most important first: "apply updates it: targets differs". Never empty.
std::vector<std::string> verdict_lines(const Explanation& explanation);

}  // namespace muster::cli
