#pragma once

// What one deployment brings: two that bring the same are the same.

#include <string>

#include "resources/contract/value.h"
#include "resources/ipd/answers.h"

namespace muster::ipd_driver {

struct Release {
  std::string image_sha256;
  std::string package_sha256;
  std::string version;  ///< empty: it has none

  bool operator==(const Release&) const = default;
  /// Tells it from any other in few letters: 16 hex digits.
  std::string key() const;
};

/// Of an ipd.deployment's fields, as it is wanted or was seen.
Release release_of(const Value& deployment);
Release release_of(const Deployed& deployed);

}  // namespace muster::ipd_driver
