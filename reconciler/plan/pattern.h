#pragma once

// What a person means by `openstack.server:my-event/*`, `my-event`, `abcde` or `label:team=blue`. Pure.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/resource_id.h"

namespace muster::plan {

/// What the name of a resource tells: my-event and abcde, of my-event/abcde/ssh as well as of
/// example.com/abcde.my-event/A. Either may be empty. A name of one part is a host without space.
struct NameParts {
  std::string_view space;
  std::string_view host;
};
NameParts parts_of(const ResourceId& id);

/// Anything that can be named: wanted, planned or seen.
struct Subject {
  ResourceId id;
  std::string manifest{};  ///< "Workshop/my-event"; empty: no manifest would want it
  const std::map<std::string, std::string>* labels = nullptr;  ///< of the manifest; may be null
};

/// `*` stands for any number of characters.
bool glob_matches(std::string_view glob, std::string_view text);

/// The ids of all subjects that any of the patterns means. A pattern is a resource id, a manifest (with or without its
/// kind), a host (alone or as SPACE/HOST), or label:KEY=VALUE, each with globs. A bare name without a manifest also
/// means what such a manifest left behind.
/// Throws Error(usage) naming every pattern that means nothing, with a did-you-mean each, and bare names that mean a
/// manifest and the host of another one.
std::set<ResourceId> ids_meant(const std::vector<std::string>& patterns, const std::vector<Subject>& subjects);

/// The same for patterns that were accepted once: those that mean nothing any more are passed over, and a name that has
/// come to mean two things means both.
std::set<ResourceId> ids_still_meant(const std::vector<std::string>& patterns, const std::vector<Subject>& subjects);

}  // namespace muster::plan
