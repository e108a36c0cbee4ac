#include "resources/contract/resource_id.h"

#include <algorithm>

namespace muster {

std::optional<ResourceId> parse_resource_id(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return std::nullopt;
  const auto is_blank_or_control = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_blank_or_control)) return std::nullopt;
  return ResourceId{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

}  // namespace muster
