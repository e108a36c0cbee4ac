#pragma once

// Turns one manifest that people write into the resources that backends know. Pure.

#include <map>
#include <string>
#include <string_view>
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

/// Of each field of a resource's `wanted` the places in the manifest it is made from, those that matter most first:
/// "flavor" -> {"spec.flavor"}. Of a part that one resource alone has (a host's name), the resource's origin tells
/// more.
using FieldSources = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Stateless. Children are named deterministically from the manifest alone; secrets stay holes.
class Blueprint {
 public:
  virtual ~Blueprint() = default;
  virtual const Schema& schema() const = 0;
  /// Manifests are expanded on several threads at once. One with faulty fields is given for what can be said of the
  /// others: its resources are not used, and what is thrown is not told.
  virtual Expansion expand(const Manifest& manifest, const Catalog& catalog) const = 0;
  /// For `explain`: where the fields of resources of `kind` come from. Fields that follow from nothing a manifest says
  /// are left out; so are those of kinds this blueprint does not make.
  virtual FieldSources sources(const Manifest& manifest, std::string_view kind) const;
};

}  // namespace muster
