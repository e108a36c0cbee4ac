#pragma once

// What may not be touched, and why.

#include <string>

#include "reconciler/plan/make_plan.h"
#include "resources/contract/observed.h"

namespace muster::plan {

/// It carries our stamp, stands where only we write, or the database holds a claim on it.
bool is_ours(const Memory& memory, const Observed& object);
inline bool is_ours(const Inputs& inputs, const Observed& object) { return is_ours(inputs.memory, object); }

/// A newer revision than the manifests at hand stamped it, or these have none that is known, and no --rollback was
/// given.
bool is_from_newer_revision(const Inputs& inputs, const Observed& object);
/// "a newer revision (X) made it"
std::string made_by(const Inputs& inputs, const Revision& revision);
/// The newest that stamped anything of ours; that of the manifests where no newer one did, and with --rollback.
Revision newest_applied(const Inputs& inputs);

/// Why an object of ours may not be removed: protection, or a newer revision. Empty: it may.
std::string keeps_from_removal(const Inputs& inputs, const Observed& object);
/// The same where a manifest wants it: what that protects is protected before its stamp says so.
std::string keeps_from_removal(const Inputs& inputs, const Observed& object, const Resource& resource);

/// Two reads of the same thing, through two connections that reach the same backend.
bool is_same_object(const Observed& a, const Observed& b);

}  // namespace muster::plan
