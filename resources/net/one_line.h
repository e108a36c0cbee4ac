#pragma once

// A server's words for a message of ours.

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::net {

/// Blanks of every kind become one space each. What is longer than `most` bytes is cut on a character's border, and
/// ends in " ...": the Redactor knows that a secret may be cut there.
std::string one_line(std::string_view text, std::size_t most);

}  // namespace muster::net
