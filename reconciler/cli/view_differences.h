#pragma once

// What differs, for people: equal differences of many resources are told once.

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "reconciler/cli/brevity.h"
#include "reconciler/cli/console.h"
#include "reconciler/cli/field_places.h"
#include "reconciler/plan/plan.h"

namespace muster::cli {

/// Equal differences of several resources of one manifest become one line that names them and the first place.
class Differences {
 public:
  /// `merges`: those that only follow what is made anew are one line too, each following its own. `places`: of fields;
  /// nullptr: the resource's own place is told.
  Differences(bool merges, const FieldPlaces* places) : merges_(merges), places_(places) {}

  /// `origin`: of the resource.
  void add(const ResourceId& id, const std::vector<plan::Change>& changes, const Origin& origin);
  std::string text(const Painter& paint, int width, Brevity& brevity) const;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  ///< what, cause, manifest
  struct Shared {
    std::vector<std::string> names;
    Origin first;
  };
  Key key_of(const plan::Change& change, const std::string& manifest);

  const bool merges_;
  const FieldPlaces* places_;
  bool has_merged_ = false;
  std::map<Key, Shared> shared_;
  std::vector<Key> order_;
  std::size_t resources_ = 0;
};

}  // namespace muster::cli
