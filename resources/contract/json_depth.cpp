#include "resources/contract/json_depth.h"

#include <algorithm>

namespace muster {

std::size_t json_depth(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
      case '"':
        quoted = !quoted;
        break;
      case '\\':
        if (quoted) ++at;
        break;
      case '[':
      case '{':
        if (!quoted) deepest = std::max(deepest, ++depth);
        break;
      case ']':
      case '}':
        if (!quoted && depth > 0) --depth;
        break;
      default:
        break;
    }
  }
  return deepest;
}

}  // namespace muster
