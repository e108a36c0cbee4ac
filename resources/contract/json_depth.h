#pragma once

#include <cstddef>
#include <string_view>

namespace muster {

/// How deep the brackets of a JSON text nest; those inside its strings are none. Linear, for any bytes.
///
/// Whoever writes, copies or compares a JSON tree recurses for each level: text from elsewhere that nests deeper than
/// `deepest_json` must not become one, or a few hundred kilobytes of `[` end the process.
std::size_t json_depth(std::string_view text);

inline constexpr std::size_t deepest_json = 200;

}  // namespace muster
