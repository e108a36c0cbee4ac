#pragma once

// Which hosts a workshop has and what they are called. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/manifest.h"

namespace muster::workshop {

struct Host {
  std::string label;  ///< "abcde"
  Origin origin;
};

/// The names of `count` unnamed hosts: five lower-case letters each, derived from the namespace and the index. A name
/// depends on the smaller indices only, so growing renames nothing.
std::vector<std::string> derived_names(std::string_view name_space, int count);

/// The given names in order, then the derived ones without the retired. Duplicates, clashes and retired names that were
/// never derived are diagnostics. Without a namespace (empty), or with a count that is wrong, nobody knows the derived
/// names: there are none then, and nothing is said of them.
std::vector<Host> hosts_of(const Manifest& manifest, std::string_view name_space, std::vector<Diagnostic>& diagnostics);

/// A DNS label (RFC 1123 section 2.1), lower case: letters, digits, dashes inside, 63 bytes at most.
bool is_label(std::string_view text);

}  // namespace muster::workshop
