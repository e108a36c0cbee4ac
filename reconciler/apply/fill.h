#pragma once

// The one place where holes get their bytes, on the worker, just before the verb.

#include "reconciler/plan/refs.h"
#include "resources/contract/secret.h"
#include "resources/contract/value.h"

namespace muster::apply {

/// Replaces secrets, joins texts, emits documents. Refs must have been filled (plan::fill_refs); one that was not is
/// Error(conflict) naming it. What secrets turn into (derived passwords, hashes) is known to the redactor before it is
/// returned. The result has no holes and must not outlive the call it is for.
Value fill(const Value& value, SecretReader& secrets, Redactor& redactor);

/// The same for people: what would be sent, secrets as "[secret]" and refs as "<ref>".
Value fill_for_show(const Value& value);

}  // namespace muster::apply
