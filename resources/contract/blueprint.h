#pragma once

// Turns one manifest that people write into the resources that backends know. Pure.

#include <string>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/manifest.h"
#include "resources/contract/resource.h"
#include "resources/contract/schema.h"

namespace muster {

struct Expansion {
  std::vector<Resource> resources;
  std::vector<Diagnostic> diagnostics;
};

/// Stateless. Children are named deterministically from the manifest alone; secrets stay holes.
class Blueprint {
 public:
  virtual ~Blueprint() = default;
  virtual const Schema& schema() const = 0;
  virtual Expansion expand(const Manifest& manifest, const Catalog& catalog) const = 0;
};

}  // namespace muster
