#pragma once

// A problem as a value: collected, sorted, shown all at once.

#include <compare>
#include <string>
#include <vector>

#include "resources/contract/resource.h"

namespace muster {

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  Origin where;         ///< may be empty for problems of a backend
  std::string message;  ///< what is wrong, with the value at fault
  std::string hint;     ///< the way out, a did-you-mean; may be empty
  bool operator==(const Diagnostic&) const = default;
};

bool has_errors(const std::vector<Diagnostic>& diagnostics);
/// By place, then message; duplicates removed.
void sort_diagnostics(std::vector<Diagnostic>& diagnostics);

/// The closest of `known` when it is near enough to be a typo of `word`, else empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace muster
