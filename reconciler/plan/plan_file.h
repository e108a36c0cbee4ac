#pragma once

// A plan on paper: reviewed now, carried out later, exactly as reviewed. Digests only, no value and no secret. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"
#include "reconciler/plan/selection.h"

namespace muster::plan {

/// The form in which plan files are written, and the only one that is read.
inline constexpr int plan_file_version = 1;

/// Digests of one field, 16 hex digits salted with the fleet's uid; empty: there is no such value.
struct FileField {
  std::string before{};    ///< as observed; "object" of all but a create: which object it is
  std::string after{};     ///< as it will be, with what its refs resolve to as far as that is known
  std::string declared{};  ///< as the manifest has it: tells whether the manifest moved or the world
  bool operator==(const FileField&) const = default;
};

struct FileStep {
  ResourceId id;
  Verb verb = Verb::create;
  Half half = Half::whole;
  std::string connection{};
  std::vector<std::string> needs{};  ///< "create openstack.server:my-event/abcde", sorted
  std::map<std::string, FileField> fields{};
  std::vector<std::string> after{};  ///< what a roll does before, of what is in the file; as in `needs`
  bool operator==(const FileStep&) const = default;
};

struct PlanFile {
  // The header: what may differ between files of equal plans.
  std::string id{};       ///< 16 hex digits, random
  std::string written{};  ///< RFC 3339, for people
  // The body.
  std::string fleet{};         ///< its name
  std::string fleet_digest{};  ///< of its uid
  Selection selection{};
  int allow = -1;
  bool rollback = false;
  std::vector<FileStep> steps{};
};

/// "create openstack.server:my-event/abcde": how steps name each other in a file.
std::string step_key(Verb verb, Half half, const ResourceId& id);
/// The steps of `part` as a file has them, in its order. `whole` is the plan it was narrowed from, or itself: it tells
/// what refs resolve to.
std::vector<FileStep> file_steps(const Plan& part, const Plan& whole, const Inputs& inputs);
/// The digest of one value of one field of `id`; empty for null.
std::string file_digest(const Inputs& inputs, const ResourceId& id, const std::string& field, const Value& value);

/// Stands among a create's fields for what steers it beside them: part of its stamp, or of what is done when it fails.
inline constexpr const char* lifecycle_field = "lifecycle";
Value lifecycle_value(const Inputs& inputs, const Resource& resource);
/// What the manifests say of a field, before refs are filled; of lifecycle's fields all of that.
Value declared_value(const Inputs& inputs, const Resource& resource, const std::string& field);
/// Everything but the header.
PlanFile plan_file_of(const Plan& part, const Plan& whole, const Inputs& inputs, const Selection& selection);
/// What binds a file to a fleet.
std::string fleet_digest(std::string_view uid);

/// JSON with a header line, a line for each step and a digest of the body at the end.
std::string write_plan_file(const PlanFile& file);
/// Throws Error(invalid) that says what is wrong with a text that write_plan_file did not write.
PlanFile read_plan_file(std::string_view text);

}  // namespace muster::plan
