#pragma once

// Where what is made through a connection is kept, as the backend itself tells: what another login may not see.

#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// One thing that decides which objects a login sees.
struct PlacePart {
  std::string what;  ///< "project", "region"
  std::string id;    ///< equal for two logins only when they see the same
  std::string name;  ///< for people; empty: the id is all there is
  /// What makes the connection's manifest name it: "projectId: 0123".
  std::string to_confirm{};
  /// The manifest names it already, so that another one than before is meant.
  bool confirmed = false;

  /// "project events (0123)"
  std::string to_string() const;
};

/// Empty: the backend does not tell.
using Place = std::vector<PlacePart>;

/// What and which, without what the manifest says of it: a line each.
std::string to_text(const Place& place);
/// The inverse of to_text.
Place place_from(std::string_view text);

struct Move {
  PlacePart before;
  PlacePart now;
};
/// What differs although the manifest does not name it. What one of the two does not tell does not differ.
std::vector<Move> unconfirmed_moves(const Place& before, const Place& now);

}  // namespace muster
