#include "manifests/yaml_lines.h"

#include <algorithm>

namespace muster::manifests {

bool is_indented_by_tab(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return line.substr(0, first).find('\t') != std::string_view::npos;
}

bool is_indented_by_no_break_space(std::string_view line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first != std::string_view::npos && line.substr(first).starts_with("\xc2\xa0");
}

bool is_odd_separator(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos || line.substr(0, 4) == "---" || line.substr(0, 4) == "---\r") return false;
  const std::string_view signs = line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
  return signs.size() >= 3 && (signs.find_first_not_of('-') == std::string_view::npos ||
                               signs.find_first_not_of('=') == std::string_view::npos);
}

std::size_t find_control_character(std::string_view text) {
  const auto found = std::find_if(text.begin(), text.end(), [](unsigned char byte) {
    return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
  });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

bool is_unclosed_quote(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = text.find_first_not_of(" \t\r\n", std::min(text.find_first_of(" \t\r\n", at), text.size()));
  }
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return false;
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      const bool is_escaped = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
      if (!is_escaped) return false;
      ++at;
    }
  }
  return true;
}

}  // namespace muster::manifests
