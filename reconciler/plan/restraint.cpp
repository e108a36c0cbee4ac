#include "reconciler/plan/restraint.h"

#include <fmt/format.h>

namespace muster::plan {

namespace {

constexpr const char* protection = "it is protected; commit `protect: false` and apply that first";
constexpr const char* unwanted_protection =
    "it is protected; want it again with `protect: false`, apply that, and only then take it out";

}  // namespace

bool is_ours(const Memory& memory, const Observed& object) {
  if (object.ownership == Ownership::ours) return true;
  return object.ownership == Ownership::claimable && memory.claims.contains({object.connection, object.id});
}

bool is_from_newer_revision(const Inputs& inputs, const Observed& object) {
  if (inputs.options.rollback || !object.stamp || inputs.fleet.revision.time == 0) return false;
  return object.stamp->revision.time > inputs.fleet.revision.time;
}

std::string keeps_from_removal(const Inputs& inputs, const Observed& object) {
  if (object.stamp && object.stamp->protect) return unwanted_protection;
  if (!is_from_newer_revision(inputs, object)) return {};
  const bool destroys = inputs.options.goal == Goal::destroy;
  return fmt::format("a newer revision ({}) made it; {}", object.stamp->revision.to_string(),
                     destroys ? "get that revision first (git pull)" : "--rollback removes it");
}

std::string keeps_from_removal(const Inputs& inputs, const Observed& object, const Resource& resource) {
  const bool is_protected = resource.lifecycle.protect == Protection::on || (object.stamp && object.stamp->protect);
  return is_protected ? protection : keeps_from_removal(inputs, object);
}

bool is_same_object(const Observed& a, const Observed& b) {
  return a.id == b.id && a.backend_id == b.backend_id && a.incarnation() == b.incarnation();
}

}  // namespace muster::plan
