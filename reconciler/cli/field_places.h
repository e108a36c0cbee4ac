#pragma once

// Where in the manifests a field of a resource was written.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resources/contract/manifest.h"
#include "resources/contract/registry.h"

namespace muster::cli {

/// For one thread: what was looked up is kept.
class FieldPlaces {
 public:
  /// Both outlive this.
  FieldPlaces(const Registry& registry, const std::vector<Manifest>& manifests)
      : registry_(registry), manifests_(manifests) {}

  /// Of `field` of a resource of `kind` that `manifest` ("Workshop/my-event") makes. Nothing when nobody wrote it, or
  /// it is made from several places of which any may have changed.
  std::optional<Origin> find(const std::string& manifest, std::string_view kind, const std::string& field) const;

 private:
  using Places = std::map<std::string, Origin, std::less<>>;
  Places places_of(const std::string& manifest, std::string_view kind) const;

  const Registry& registry_;
  const std::vector<Manifest>& manifests_;
  mutable std::map<std::pair<std::string, std::string>, Places> known_;
};

}  // namespace muster::cli
