#include "reconciler/plan/restraint.h"

#include <fmt/format.h>

#include "reconciler/plan/season.h"

namespace muster::plan {

namespace {

constexpr const char* protection = "it is protected; commit `protect: false` and apply that first";
constexpr const char* unwanted_protection =
    "it is protected; want it again with `protect: false`, apply that, and only then take it out";

/// Why a newer revision keeps it; empty: none does.
std::string fence(const Inputs& inputs, const Observed& object) {
  if (!is_from_newer_revision(inputs, object)) return {};
  return fmt::format("{}; --rollback removes it", made_by(inputs, object.stamp->revision));
}

}  // namespace

bool is_ours(const Memory& memory, const Observed& object) {
  if (object.ownership == Ownership::ours) return true;
  return object.ownership == Ownership::claimable && memory.claims.contains({object.connection, object.id});
}

/// The same also where nobody knows which revision these manifests are.
bool is_from_newer_revision(const Inputs& inputs, const Observed& object) {
  if (inputs.options.rollback || !object.stamp) return false;
  return object.stamp->revision.time > inputs.fleet.revision.time;
}

std::string made_by(const Inputs& inputs, const Revision& revision) {
  return inputs.fleet.revision.time == 0
             ? fmt::format("revision {} made it, and which one these manifests are git does not tell",
                           revision.to_string())
             : fmt::format("a newer revision ({}) made it", revision.to_string());
}

Revision newest_applied(const Inputs& inputs) {
  Revision newest = inputs.fleet.revision;
  for (const auto& [id, object] : inputs.snapshot.objects) {
    if (is_ours(inputs, object) && is_from_newer_revision(inputs, object) && newest.time < object.stamp->revision.time)
      newest = object.stamp->revision;
  }
  return newest;
}

std::string keeps_from_removal(const Inputs& inputs, const Observed& object) {
  return object.stamp && object.stamp->protect ? unwanted_protection : fence(inputs, object);
}

std::string keeps_from_removal(const Inputs& inputs, const Observed& object, const Resource& resource) {
  // What is over gets no other step before it goes: a manifest that says `protect: false` is the order itself.
  const bool is_lifted = inputs.options.goal == Goal::converge && resource.lifecycle.protect == Protection::off &&
                         season_of(resource, inputs.now) == Season::over;
  const bool is_stamped = object.stamp && object.stamp->protect && !is_lifted;
  return resource.lifecycle.protect == Protection::on || is_stamped ? protection : fence(inputs, object);
}

bool is_same_object(const Observed& a, const Observed& b) {
  return a.id == b.id && a.backend_id == b.backend_id && a.incarnation() == b.incarnation();
}

}  // namespace muster::plan
