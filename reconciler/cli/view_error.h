#pragma once

// How an Error and a list of diagnostics look.

#include <string>
#include <vector>

#include "reconciler/cli/console.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"

namespace muster::cli {

/// "error: message", what was being done, "hint: ...".
std::string error_text(const Error& error, const Painter& paint);
std::string error_record(const Error& error);

/// "file:line:column: error: message" each, with its hint below.
std::string diagnostics_text(const std::vector<Diagnostic>& diagnostics, const Painter& paint);
std::string diagnostic_records(const std::vector<Diagnostic>& diagnostics);

}  // namespace muster::cli
