#include "reconciler/cli/field_places.h"

#include <algorithm>

namespace muster::cli {

std::optional<Origin> FieldPlaces::find(const std::string& manifest, std::string_view kind,
                                        const std::string& field) const {
  const auto [known, is_new] = known_.try_emplace({manifest, std::string(kind)});
  if (is_new) known->second = places_of(manifest, kind);
  const auto place = known->second.find(field);
  return place == known->second.end() ? std::nullopt : std::optional(place->second);
}

FieldPlaces::Places FieldPlaces::places_of(const std::string& manifest, std::string_view kind) const {
  const auto found =
      std::find_if(manifests_.begin(), manifests_.end(), [&](const Manifest& one) { return one.key() == manifest; });
  const Blueprint* blueprint = found == manifests_.end() ? nullptr : registry_.blueprint(found->kind);
  if (blueprint == nullptr) return {};
  Places places;
  for (const auto& [field, paths] : blueprint->sources(*found, kind)) {
    std::vector<Origin> written;
    for (const std::string& path : paths)
      if (auto place = found->written(path)) written.push_back(*std::move(place));
    if (written.size() == 1) places.emplace(field, std::move(written.front()));
  }
  return places;
}

}  // namespace muster::cli
