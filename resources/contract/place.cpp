#include "resources/contract/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace muster {

std::string PlacePart::to_string() const {
  return name.empty() || name == id ? fmt::format("{} {}", what, id) : fmt::format("{} {} ({})", what, name, id);
}

std::string to_text(const Place& place) {
  std::string text;
  for (const PlacePart& part : place) text += fmt::format("{}\t{}\t{}\n", part.what, part.id, part.name);
  return text;
}

Place place_from(std::string_view text) {
  Place place;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    PlacePart part;
    std::getline(cells, part.what, '\t');
    std::getline(cells, part.id, '\t');
    std::getline(cells, part.name);
    place.push_back(std::move(part));
  }
  return place;
}

std::vector<Move> unconfirmed_moves(const Place& before, const Place& now) {
  std::vector<Move> moves;
  for (const PlacePart& part : now) {
    const auto old =
        std::find_if(before.begin(), before.end(), [&](const PlacePart& other) { return other.what == part.what; });
    if (old == before.end() || old->id == part.id || part.confirmed) continue;
    moves.push_back({*old, part});
  }
  return moves;
}

}  // namespace muster
