#pragma once

// Writing structured texts with a real emitter: nothing in them is ever pasted.

#include <string>

#include "resources/contract/value.h"

namespace muster::apply {

/// `body` has no holes. YAML: block style; texts are quoted where a reader could take them for anything else, those of
/// several lines are literal blocks. JSON: two spaces of indent, keys sorted. Ends with a newline.
std::string emit_document(DocumentFormat format, const std::string& header, const Value& body);

}  // namespace muster::apply
