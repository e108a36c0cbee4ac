#pragma once

// What became of another tool's configuration.

#include <string>
#include <vector>

#include "manifests/import/install_party.h"
#include "reconciler/cli/console.h"

namespace muster::cli {

struct ImportShown {
  const manifests::Import& import;
  std::string file;
  std::vector<std::string> written;
  std::string directory;  ///< "." for the current one
};

/// What each key became: the data of the command.
std::string import_text(const ImportShown& shown, const Painter& paint, int width);
/// Which variables to set, and what to do next.
std::string import_next_steps(const ImportShown& shown, const Painter& paint, int width);
std::string import_records(const ImportShown& shown);

}  // namespace muster::cli
