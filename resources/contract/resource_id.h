#pragma once

// The only key that crosses folders: what kind of thing, and its name within that kind.

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

/// Prints as `openstack.server:my-event/abcde`. `kind` holds no colon; `name` is never empty and may hold anything
/// printable but blanks (DNS names, slashes, colons).
struct ResourceId {
  std::string kind;
  std::string name;

  auto operator<=>(const ResourceId&) const = default;
  std::string to_string() const { return kind + ":" + name; }
};

/// The inverse of to_string; nothing when the text has no kind, no name, or a blank in it.
std::optional<ResourceId> parse_resource_id(std::string_view text);

}  // namespace muster
