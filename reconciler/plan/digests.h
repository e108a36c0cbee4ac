#pragma once

// Short digests of fields: what the stamp carries, and what tells a changed manifest from drift.

#include <map>
#include <string>

#include "resources/contract/observed.h"
#include "resources/contract/schema.h"
#include "resources/contract/value.h"

namespace muster::plan {

/// 12 hex digits over the canonical JSON of the value as declared: names unresolved, secrets as their digest (never
/// their origin, so that moving a secret from a file to a variable changes nothing), refs symbolic.
std::string field_digest(const Value& declared);

/// The create-time fields of `wanted` that are set and differ from their default, in the given form.
/// A golden file freezes the forms: changing what this returns for an old form replaces people's servers.
std::map<std::string, std::string> stamp_digests(const Schema& schema, const Value& wanted, int form = stamp_form);

/// Some secret in it could not be read: its digest is not that of what it stands for, and nothing compares with it.
bool lacks_secret(const Value& declared);

/// Digests of all compared fields, refs filled: what `applied` remembers.
std::map<std::string, std::string> applied_digests(const Schema& schema, const Value& wanted);

/// The same for an object that was adopted: what the backend shows of it counts as written, so that a difference is the
/// manifest's.
std::map<std::string, std::string> adopted_digests(const Schema& schema, const Value& wanted, const Value& attributes);

}  // namespace muster::plan
