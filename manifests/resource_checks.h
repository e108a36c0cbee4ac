#pragma once

// What must hold between the resources of all manifests together.

#include <cstddef>
#include <string_view>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/resource.h"

namespace muster::manifests {

/// Sorts by id. Of several resources with one id the first by origin stays; each other one is a diagnostic.
void sort_and_refuse_duplicates(std::vector<Resource>& resources, std::vector<Diagnostic>& diagnostics);

/// An id that a resource needs, follows, lies inside of, refers to or logs in through, and that is not there.
struct Dangling {
  std::size_t from = 0;
  ResourceId to;
  std::string_view verb;  ///< "needs", for messages
};

struct Links {
  std::vector<std::vector<std::size_t>> edges;  ///< per resource those it waits for, ascending
  std::vector<Dangling> dangling;
};

/// By index. Precondition: sorted by id.
Links links_between(const std::vector<Resource>& resources);

/// One diagnostic for each.
void refuse_dangling(const std::vector<Resource>& resources, const Links& links, std::vector<Diagnostic>& diagnostics);

/// One diagnostic per knot, with a shortest way around it.
void refuse_cycles(const std::vector<Resource>& resources, const Links& links, std::vector<Diagnostic>& diagnostics);

}  // namespace muster::manifests
