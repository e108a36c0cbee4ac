#include "manifests/expansion.h"

#include <algorithm>
#include <exception>
#include <string>

#include "resources/contract/error.h"

namespace muster::manifests {
namespace {

/// What stands at `where`, the innermost: "spec.hosts.names[2]", "metadata.name"; empty for the spec itself and all
/// that is outside of it.
std::string path_at(const Manifest& manifest, const Origin& where) {
  std::string found;
  for (const auto& [path, origin] : manifest.marks) {
    const bool is_here = origin.file == where.file && origin.line == where.line && origin.column == where.column;
    const bool is_value = path.starts_with("spec.") || path == "metadata.name";
    if (is_here && is_value && path.size() > found.size()) found = path;
  }
  return found;
}

/// A manifest with wrong fields brings no resources, but what its blueprint says is told at once, as far as it is not
/// about what is wrong or holds it.
Expansion expansion_of_faulty(const Manifest& manifest, const Blueprint& blueprint, const Catalog& catalog) {
  Expansion expansion;
  try {
    expansion = blueprint.expand(manifest, catalog);
  } catch (const std::exception&) {
    // A blueprint may rely on what the schema promises, and this manifest breaks that; why has been told.
    return {};
  }
  expansion.resources.clear();
  std::erase_if(expansion.diagnostics, [&](const Diagnostic& problem) {
    const std::string path = path_at(manifest, problem.where);
    const bool is_about_it = std::any_of(manifest.faulty.begin(), manifest.faulty.end(),
                                         [&](const std::string& other) { return is_path_in(other, path); });
    // An error of the whole spec may follow from any part of it; who warns of the whole looks at what is sound.
    const bool may_follow = path.empty() && problem.severity == Severity::error;
    return may_follow || is_about_it;
  });
  return expansion;
}

}  // namespace

Expansion expansion_of(const Manifest& manifest, const Catalog& catalog, bool is_sound, const Registry& registry) {
  const Blueprint* blueprint = registry.blueprint(manifest.kind);
  if (blueprint == nullptr) return {};
  if (!is_sound) return expansion_of_faulty(manifest, *blueprint, catalog);
  try {
    Expansion expansion = blueprint->expand(manifest, catalog);
    for (Resource& resource : expansion.resources) {
      if (resource.origin.file.empty()) resource.origin = manifest.origin;
      if (resource.group.empty()) resource.group = manifest.key();
    }
    return expansion;
  } catch (const Error& problem) {
    return {{}, {{Severity::error, manifest.origin, problem.message(), problem.hint()}}};
  }
}

}  // namespace muster::manifests
