#pragma once

// Schemas for people: one kind, or one field of it, with what a change of it leads to. Needs no fleet.

#include <string>
#include <vector>

#include "reconciler/cli/console.h"
#include "resources/contract/registry.h"
#include "resources/contract/schema.h"

namespace muster::cli {

/// A kind, and fields on the way to one of its own: Workshop.hosts.count, openstack.server.image.
struct KindPath {
  const Schema* schema = nullptr;
  bool is_resource = false;
  std::vector<std::string> path;
};

/// Whether a word names a kind, or can be nothing else. Everything with a slash or a colon is a name of something.
bool means_kind(const Registry& registry, const std::string& word);
/// The kind that a word begins with but for its capitals, and the fields that the rest means, as far as it means any;
/// empty when no kind begins it.
std::string kind_meant(const Registry& registry, const std::string& word);
/// Throws Error(usage) with a did-you-mean when there is no such kind.
KindPath kind_path(const Registry& registry, const std::string& word);

/// What a change of a resource's field leads to: "in place", "needs a new one: ...".
std::string consequence_of(const Field& field);

/// The fields `path` names: more than one where a choice has forms with a field of that name each. Throws Error(usage)
/// with a did-you-mean when there is none.
std::vector<const Field*> fields_at(const KindPath& kind);

std::string kind_text(const Registry& registry, const KindPath& kind, const Painter& paint, int width);
/// One record per field, that of the path and all below it.
std::string kind_records(const Registry& registry, const KindPath& kind);

}  // namespace muster::cli
