#pragma once

// What the YAML library does not see, or does not tell: questions about the plain text.

#include <cstddef>
#include <string_view>

namespace muster::manifests {

bool is_indented_by_tab(std::string_view line);
bool is_indented_by_no_break_space(std::string_view line);
/// What people write for a line `---`: longer, indented, or of other signs.
bool is_odd_separator(std::string_view line);

/// The first byte that the library would read wrongly or not at all; npos when all is well.
std::size_t find_control_character(std::string_view text);
/// True when a quoted text begins at `at`, behind its anchor and tag perhaps, and never ends.
bool is_unclosed_quote(std::string_view text, std::size_t at);

}  // namespace muster::manifests
