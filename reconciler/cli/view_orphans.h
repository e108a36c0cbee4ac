#pragma once

// What carries our stamp and no manifest wants, and what lies where ours lies and is not ours.

#include <cstddef>
#include <string>
#include <vector>

#include "manifests/load.h"
#include "reconciler/apply/reconcile.h"
#include "reconciler/cli/console.h"
#include "resources/contract/registry.h"

namespace muster::cli {

/// What the next apply does with something of ours that no manifest wants.
enum class Fate {
  removed,
  waited_for,  ///< it is being deleted already
  held,        ///< policy keeps it
  unknown,     ///< nobody can say enough about it
};

struct Orphan {
  Observed object;
  Fate fate = Fate::unknown;
  std::string why;  ///< empty when it is removed
};

struct Foreign {
  Observed object;
  std::string name;          ///< as its backend calls it
  std::string in_place_of;   ///< the id that we want there; empty: none
  std::string fleet;         ///< the uid of another fleet whose stamp it carries; may be empty
  bool in_our_names = true;  ///< false: only in the same project
};

struct Orphans {
  std::vector<Orphan> orphans;
  std::vector<Foreign> foreign;
  /// Foreign ones in the same projects that are called nothing like ours; among `foreign` too.
  std::size_t elsewhere = 0;
  bool complete = true;  ///< all was read: what is not here is not there
  bool any() const { return !orphans.empty() || foreign.size() > elsewhere; }
};

/// Sorted by id; each object once, however many connections reach it. Pure.
Orphans find_orphans(const manifests::Load& load, const apply::Prepared& prepared, const Registry& registry);

/// `all`: foreign ones elsewhere as well.
std::string orphans_text(const Orphans& orphans, bool all, const Painter& paint, int width);
std::string orphans_records(const Orphans& orphans, bool all);

}  // namespace muster::cli
