#include "resources/net/one_line.h"

#include <cctype>

namespace muster::net {

std::string one_line(std::string_view text, std::size_t most) {
  std::string line;
  for (const char character : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(character)) != 0;
    if (!blank) {
      line += character;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
    // A character more than there is room for tells that something is cut.
    if (line.size() > most + 4) break;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (line.size() <= most) return line;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return line.substr(0, end) + " ...";
}

}  // namespace muster::net
