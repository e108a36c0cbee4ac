#pragma once

// Install Party's configuration, in both of its layouts, as a repository of manifests.

#include <string>
#include <string_view>
#include <vector>

#include "manifests/starter.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/resource.h"

namespace muster::manifests {

/// One key of the configuration and what has become of it. Never holds a secret's value.
struct ImportedKey {
  std::string key;  ///< "general.namespace"
  Origin where;     ///< of its value
  std::string became;
};

/// A variable that has to hold what stands at a place of the configuration.
struct SecretToSet {
  std::string variable;
  std::string key;
  Origin where;
};

struct Import {
  std::string layout;              ///< "the layout of 0.1 to 0.3", "the layout of 1.0"
  std::string name_space;          ///< of the event
  std::vector<StarterFile> files;  ///< sorted by path; empty when there were errors
  std::vector<ImportedKey> keys;   ///< in the order of the configuration
  std::vector<SecretToSet> secrets;
  std::vector<std::string> notes;  ///< what differs from Install Party, and what the configuration does not tell
  std::vector<Diagnostic> diagnostics;
};

struct ImportOptions {
  std::string uid;              ///< of the new fleet, by random_uid
  std::string default_version;  ///< of Element in a Workshop that names none
  std::string schema;           ///< the JSON Schema of all manifests, for editors
  /// The configuration's path as seen from the new repository, to be kept out of Git; empty: it lies elsewhere.
  std::string beside;
};

/// `text` is what stands in `file`. Every mistake is told at once; secrets are never in any text that is returned.
Import import_install_party(const std::string& file, std::string_view text, const ImportOptions& options);

}  // namespace muster::manifests
