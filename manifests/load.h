#pragma once

// From paths to what is wanted: YAML files -> manifests -> resources, with every problem found on the way.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "manifests/fleet.h"
#include "manifests/secrets.h"
#include "manifests/unread_secrets.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/file_digests.h"
#include "resources/contract/manifest.h"
#include "resources/contract/observed.h"
#include "resources/contract/registry.h"
#include "resources/contract/resource.h"

namespace muster::manifests {

/// Bounds on hostile or mistaken input; exceeding one is a diagnostic.
struct LoadLimits {
  std::uintmax_t file_bytes = 16 << 20;    ///< of one manifest file
  std::uintmax_t content_bytes = 1 << 20;  ///< of one file that a manifest includes
  std::size_t document_nodes = 2'000'000;  ///< of one document, aliases counted as what they stand for
  std::size_t files = 100'000;             ///< found below all paths
};

struct LoadOptions {
  /// False: no secret is read and their digests stay empty; what `validate` does. The plan needs true.
  bool reveal_secrets = true;
  /// True: a secret that cannot be read is no error where a blueprint uses it. Its digest stays empty, and Load::unread
  /// has it. Without those of connections nothing can be looked at.
  bool secrets_may_lack = false;
  /// Set: the same holds for manifests of which nothing is made at that time, since all is over or has not begun.
  /// Elsewhere a secret that cannot be read stays an error.
  std::optional<Time> now{};
  LoadLimits limits{};
  /// Of the files that are sent whole; outlives the loading. nullptr: all of them are read.
  FileDigests* digests = nullptr;
  /// Asked once the Fleet is known, before any secret is read; false: nothing more is loaded, and the Load is not ok.
  std::function<bool(const Fleet&)> go_on{};
};

/// What a fleet's manifests say. With errors, everything that is sound is still here, for messages; plan nothing from
/// it.
struct Load {
  Fleet fleet;
  std::vector<Manifest> manifests;      ///< without the Fleet; by kind, then name
  std::vector<Resource> resources;      ///< by id, without duplicates
  std::vector<Diagnostic> diagnostics;  ///< sorted
  std::vector<UnreadSecret> unread;     ///< secrets that lack without being an error: warnings_of() tells of them
  Revision revision;                    ///< zero when the first path lies in no Git work tree
  std::size_t files = 0;                ///< manifest files read
  std::size_t documents = 0;            ///< manifests in them, sound or not
  bool is_broken_off = false;           ///< LoadOptions::go_on said so

  bool ok() const { return !is_broken_off && !has_errors(diagnostics); }
};

/// Reads `paths` (files, or directories with everything *.yaml and *.yml below them; hidden entries are skipped) as one
/// fleet. Never throws for bad content: every problem is a diagnostic. Blocks on files, `git` and commands of secrets.
Load load(const std::vector<std::string>& paths, const Registry& registry, Secrets& secrets,
          const LoadOptions& options = {});

/// Commit time and id of the HEAD of the Git work tree that holds `path`; zero when there is none, or no git.
Revision revision_of(const std::string& path);

}  // namespace muster::manifests
