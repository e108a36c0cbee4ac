#pragma once

// What shall happen to one wanted resource, looked at alone.

#include <optional>
#include <string>
#include <vector>

#include "reconciler/plan/diff.h"
#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"
#include "resources/contract/fingerprint.h"

namespace muster::plan {

enum class Verdict {
  unchanged,
  create,
  create_again,  ///< what it is inside of is made anew, and took it along
  update,
  replace,         ///< by policy; the old one is good
  replace_failed,  ///< the old one never worked: it goes first
  finish,          ///< resume, wait or look up what an earlier run began
  recreate_gone,   ///< it is being deleted: wait for that, then create
  unknown,
  blocked,  ///< a problem says why
  early,    ///< its time has not come, and it is not there
  over,     ///< its time has passed
};

struct Assessment {
  Verdict verdict = Verdict::unchanged;
  std::string reason;
  const Observed* keeper = nullptr;
  std::vector<const Observed*> surplus;  ///< ours, of this id, and not the keeper
  std::vector<Change> changes;           ///< what the step changes
  std::vector<Change> held;              ///< what policy keeps from becoming a step, and why
  std::string held_reason;
  Start start = Start::call;
  Incarnation incarnation;
  std::string begun_on;  ///< look_up: the connection through which it may have been made
  Time quiet_until{};
  std::optional<Diagnostic> problem;
  std::optional<Memo> memo;
};

/// Whether it can become as wanted without a new one: what decides first which of several stays.
bool fits(const Schema& schema, const Resource& resource, const Value& wanted, const Observed& object);

/// Why it may be there although no read showed it: some scope it may live in was not read completely. Nothing: all
/// were.
std::optional<std::string> why_absence_means_nothing(const Inputs& inputs, const Resource& resource,
                                                     const std::string& connection);

/// `wanted`: the resource's wanted with known refs filled. `connection`: where it was placed.
Assessment assess(const Inputs& inputs, Fingerprinter& fingerprinter, const Resource& resource, const Value& wanted,
                  const std::string& connection);

/// The same where `container`, which it is inside of, is made anew: nothing of what is there now will be in the new
/// one.
Assessment assess_inside_new(const Inputs& inputs, const Resource& resource, const ResourceId& container,
                             const std::string& connection);

/// Whether something of it goes so that something else can come.
bool makes_anew(Verdict verdict);

/// What would be made with a secret that nobody can read is not taken away either.
void block_for_secret(const Resource& resource, Assessment& assessment);

}  // namespace muster::plan
