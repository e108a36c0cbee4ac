#pragma once

// What may reach a screen or a file: servers, manifests, file names and variables are not trusted to be plain text.

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::cli {

/// A colour of our own inside a text: this byte and one letter. The byte occurs nowhere in UTF-8, so what others say
/// cannot hold an escape sequence of ours: theirs are spelled out, only this mark becomes one.
inline constexpr char colour_mark = '\xFE';

/// The first character of a text that is not empty.
struct Character {
  std::size_t bytes = 1;
  std::size_t columns = 1;  ///< on a screen, once it is printable; 0 for marks and combining accents
  bool is_mark = false;     ///< a colour_mark with its letter
};
Character first_character(std::string_view text);

/// `text` with what would steer a terminal or deceive a reader spelled out as in JSON (\u001b, \u202e): control
/// characters but line break and tab, C1 controls, direction overrides, invisible separators. Bytes that are no UTF-8
/// become U+FFFD. Colour marks stay. A line of JSON remains the same JSON.
std::string printable(std::string_view text);

/// Turns colour marks into escape sequences, or drops them; a colour does not outlast the text.
std::string with_colours(std::string_view text, bool colours);

}  // namespace muster::cli
