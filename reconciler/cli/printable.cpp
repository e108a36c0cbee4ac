#include "reconciler/cli/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace muster::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Unicode 15: what steers a terminal, reverses text or cannot be seen. The joiners U+200C and U+200D belong to words.
constexpr std::array unsafe{Range{0x00, 0x1f},     Range{0x7f, 0x9f},     Range{0x61c, 0x61c},    Range{0x180e, 0x180e},
                            Range{0x200b, 0x200b}, Range{0x200e, 0x200f}, Range{0x2028, 0x202e},  Range{0x2060, 0x206f},
                            Range{0xfeff, 0xfeff}, Range{0xfff9, 0xfffb}, Range{0xe0000, 0xe007f}};

/// The blocks of combining marks, and the joiners.
constexpr std::array narrow{Range{0x300, 0x36f},   Range{0x483, 0x489},   Range{0x591, 0x5bd},
                            Range{0x610, 0x61a},   Range{0x64b, 0x65f},   Range{0x1ab0, 0x1aff},
                            Range{0x1dc0, 0x1dff}, Range{0x200c, 0x200d}, Range{0x20d0, 0x20ff},
                            Range{0xfe00, 0xfe0f}, Range{0xfe20, 0xfe2f}, Range{0xe0100, 0xe01ef}};

/// The blocks that are wide on East Asian terminals (UAX #11 W and F), and pictures.
constexpr std::array wide{Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0x4dbf},
                          Range{0x4e00, 0xa4cf},   Range{0xa960, 0xa97f},   Range{0xac00, 0xd7a3},
                          Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60},
                          Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f}, Range{0x1f680, 0x1f6ff},
                          Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd}};

bool is_in(const auto& ranges, char32_t code) {
  const auto after =
      std::partition_point(ranges.begin(), ranges.end(), [code](const Range& one) { return one.last < code; });
  return after != ranges.end() && after->first <= code;
}

constexpr char32_t no_character = 0xffffffff;

struct Decoded {
  char32_t code = no_character;
  std::size_t bytes = 1;
};

/// One code point (RFC 3629); a byte that begins none stands alone.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                             : lead >= 0xe0 && lead <= 0xef ? 3
                             : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                            : 0;
  if (length == 0 || text.size() < length) return {};
  char32_t code = lead & (0x7fU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(at) & 0x3fU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, length};
}

std::string_view sequence_of(char letter) {
  switch (letter) {
    case 'b':
      return "\x1b[1m";
    case 'd':
      return "\x1b[2m";
    case 'r':
      return "\x1b[31m";
    case 'g':
      return "\x1b[32m";
    case 'y':
      return "\x1b[33m";
    case '.':
      return "\x1b[0m";
    default:
      return {};
  }
}

bool starts_with_mark(std::string_view text) {
  return text.size() >= 2 && text[0] == colour_mark && !sequence_of(text[1]).empty();
}

bool is_unsafe(char32_t code) { return code != '\n' && code != '\t' && is_in(unsafe, code); }

std::string spelled(char32_t code) {
  if (code < 0x10000) return fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
  const auto rest = static_cast<std::uint32_t>(code - 0x10000);
  return fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
}

std::size_t columns_of(char32_t code) {
  if (code == no_character) return 1;
  if (is_unsafe(code)) return spelled(code).size();
  return is_in(narrow, code) ? 0 : is_in(wide, code) ? 2 : 1;
}

}  // namespace

Character first_character(std::string_view text) {
  if (starts_with_mark(text)) return {2, 0, true};
  const auto letter = static_cast<unsigned char>(text.front());
  if (letter >= ' ' && letter < 0x7f) return {};
  const Decoded decoded = decode(text);
  return {decoded.bytes, columns_of(decoded.code), false};
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto odd = std::find_if(text.begin(), text.end(), [](char letter) {
      const auto byte = static_cast<unsigned char>(letter);
      return byte >= 0x7f || (byte < ' ' && letter != '\n' && letter != '\t');
    });
    result.append(text.begin(), odd);
    text.remove_prefix(static_cast<std::size_t>(odd - text.begin()));
    if (text.empty()) break;
    if (starts_with_mark(text)) {
      result += text.substr(0, 2);
      text.remove_prefix(2);
      continue;
    }
    const Decoded decoded = decode(text);
    if (decoded.code == no_character) {
      result += "\xEF\xBF\xBD";
    } else if (is_unsafe(decoded.code)) {
      result += spelled(decoded.code);
    } else {
      result += text.substr(0, decoded.bytes);
    }
    text.remove_prefix(decoded.bytes);
  }
  return result;
}

std::string with_colours(std::string_view text, bool colours) {
  std::string result;
  result.reserve(text.size());
  bool coloured = false;
  for (std::size_t at = text.find(colour_mark); at != std::string_view::npos; at = text.find(colour_mark)) {
    result += text.substr(0, at);
    text.remove_prefix(at);
    const bool is_mark = starts_with_mark(text);
    if (is_mark && colours) result += sequence_of(text[1]);
    if (is_mark) coloured = text[1] != '.';
    text.remove_prefix(is_mark ? 2 : 1);
  }
  result += text;
  if (coloured && colours) result += sequence_of('.');
  return result;
}

}  // namespace muster::cli
