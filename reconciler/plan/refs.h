#pragma once

// Filling refs from what is known of other resources.

#include <functional>
#include <optional>

#include "resources/contract/observed.h"
#include "resources/contract/value.h"

namespace muster::plan {

/// The attribute a ref names, or nothing when it is not known (yet). Every object offers "incarnation" and
/// "backend_id".
using RefLookup = std::function<std::optional<Value>(const Ref&)>;
std::optional<Value> attribute_of(const Observed& object, std::string_view attribute);

/// A copy with every known ref replaced; unknown ones stay holes. A Text of strings only becomes a string.
Value fill_refs(const Value& value, const RefLookup& lookup);

}  // namespace muster::plan
