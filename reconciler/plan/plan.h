#pragma once

// A plan as plain data: it can be printed, compared and executed, but decides nothing any more.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/plan/season.h"
#include "reconciler/plan/snapshot.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/driver.h"
#include "resources/contract/fingerprint.h"

namespace muster::plan {

/// Who moved: the manifest since we last wrote, the world, or both; or it came of what was done (Field::is_outcome).
/// `unknown` when the cache that would tell is lost.
enum class Cause { manifest, drift, both, outcome, unknown };
std::string_view to_string(Cause cause);

struct Change {
  std::string field{};
  Value before{};  ///< null when it was unset; for a create-time field the digest in the stamp
  Value after{};   ///< may be a hole that is known only after apply
  Cause cause = Cause::unknown;
  bool sensitive = false;    ///< never print the values
  bool create_time = false;  ///< known by digest only
  bool operator==(const Change&) const = default;
};

/// A replacement is two halves of one step, so that it counts once.
enum class Half { whole, create_new, remove_old };

/// What has to be done first with the answers of an earlier run.
enum class Start {
  call,     ///< the verb
  resume,   ///< create again with the incarnation of the incomplete object; a flush: an earlier run owes it
  wait,     ///< nothing to call: the backend works on it already
  look_up,  ///< an unclear create of `incarnation` may still appear, to be removed if `verb` says so; until
            ///< `quiet_until`
};

/// What a step waits for after another has ended.
struct Drain {
  std::size_t step = 0;  ///< among the step's needs
  std::chrono::seconds time{0};
  bool operator==(const Drain&) const = default;
};

struct Step {
  Verb verb = Verb::create;
  Half half = Half::whole;
  Start start = Start::call;
  ResourceId id;
  std::string connection;
  std::string group;  ///< "Workshop/my-event"; empty when the manifest is gone
  Origin origin;
  std::vector<Change> changes;
  std::string reason;  ///< for people: "not there", "image differs", "twin of ..., which stays"
  /// The object acted on: always for update, remove and resume; absent for a create, and for what is looked up.
  std::optional<Observed> object;
  Incarnation incarnation;  ///< of the object to resume, wait for or look up
  Time quiet_until{};
  /// Indices into Plan::steps; always smaller or greater, never itself; no cycles.
  std::vector<std::size_t> needs;    ///< must have succeeded
  std::vector<std::size_t> follows;  ///< must have ended
  /// What a roll does before: must have succeeded as well, but is left out where only a part of a plan is carried out.
  std::vector<std::size_t> after;
  std::vector<Drain> drains;  ///< it begins only when so much time has passed since those ended
  Time not_before{};          ///< the same for what ended in an earlier run; zero: at once
  int batch = 0;              ///< of the roll it belongs to, from 1 on; 0: of none
  /// The flush step that makes this write count. The step is finished for those that need it only then.
  std::optional<std::size_t> flush;
  /// Removals of things whose manifest is gone have no edges; they go by stage: one of stage n starts when all removals
  /// of the stages 1 .. n-1 have ended. 0: no stage.
  int stage = 0;
  bool dangerous = false;  ///< the guard counts it
  bool operator==(const Step&) const = default;
};

/// A difference or an object that policy keeps from becoming a step.
struct Held {
  ResourceId id;
  std::string group;
  std::string reason;  ///< "replace policy is hold", "protected", "stamped by a newer revision"
  std::vector<Change> changes;
  Origin origin;
  bool operator==(const Held&) const = default;
};

/// A resource about which nothing can be said now.
struct Unknown {
  ResourceId id;
  std::string group;
  std::string reason;
  std::optional<ResourceId> because_of;  ///< what it needs and is unknown itself, or has a problem
  bool operator==(const Unknown&) const = default;
};

/// A wanted resource that is not there, and need not be: its time has not come, or has passed.
struct Scheduled {
  ResourceId id;
  std::string group;
  Season season = Season::early;
  Time when{};  ///< when it appears; when it was over
  bool operator==(const Scheduled&) const = default;
};

/// Hosts of one group and kind that are replaced in batches.
struct RollPlan {
  std::string group;
  std::string kind;
  Roll limits;
  std::vector<std::vector<ResourceId>> batches;  ///< in their order; a part of a plan may leave some empty
  std::chrono::seconds drain{0};                 ///< the longest that an old one waits for its readers
  bool operator==(const RollPlan&) const = default;
};

/// One kind that exceeds its limit.
struct GuardTrip {
  std::string kind;
  int changes = 0;  ///< deletes, replaces and re-creations of vanished objects
  int limit = 0;
  int existing = 0;
  bool operator==(const GuardTrip&) const = default;
};

struct GuardVerdict {
  std::vector<GuardTrip> trips;
  bool no_manifests = false;  ///< the manifest set is empty although objects of ours exist
  int dangerous = 0;          ///< all changes the guard counts, over all kinds: what --allow has to name
  int asked = -1;             ///< what --allow named; negative: nothing
  bool allowed = false;       ///< --allow named exactly `dangerous`
  bool refuses() const { return (no_manifests || !trips.empty()) && !allowed; }
  bool operator==(const GuardVerdict&) const = default;
};

/// "These inputs have no difference": written after a full diff, so that the next plan need not repeat it.
struct Memo {
  ResourceId id;
  Fingerprint inputs;  ///< of everything the diff looks at; see memo.h
  auto operator<=>(const Memo&) const = default;
};

struct Plan {
  /// In an order in which they could run one by one, flushes last; equal inputs give equal bytes.
  std::vector<Step> steps;
  std::vector<Held> held;
  std::vector<Unknown> unknown;
  /// Objects in the way that are not ours, and failed ones that stay. They concern their resource only.
  std::vector<Diagnostic> problems;
  /// The same, by resource.
  std::map<ResourceId, Diagnostic> blocked;
  GuardVerdict guard;
  std::vector<Scheduled> scheduled;  ///< by id
  std::vector<RollPlan> rolls;       ///< by group and kind
  /// Wanted resources of which there is nothing to say: no step, nothing held, unknown or in the way.
  std::size_t unchanged = 0;
  std::vector<Memo> new_memos;
  /// Requests apply will make, polling excluded: connection -> number.
  std::map<std::string, int> forecast;

  bool has_changes() const { return !steps.empty(); }
  bool knows_nothing() const;  ///< what is unknown is all there is to say
  bool operator==(const Plan&) const = default;
};

/// Steps by verb, a replacement counted once, flushes and waits included under their verb.
std::map<Verb, int> count_by_verb(const Plan& plan);

}  // namespace muster::plan
