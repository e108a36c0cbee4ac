#pragma once

// What may come next on a command line: for shells, which ask with every Tab.

#include <functional>
#include <string>
#include <vector>

#include "manifests/load.h"
#include "reconciler/cli/command.h"

namespace muster::cli {

struct Candidate {
  std::string text;
  std::string doc;  ///< one line; may be empty
};

/// What the shell looks up itself, better than we could.
enum class Lookup { nothing, files, directories, programs };

struct Completion {
  std::vector<Candidate> candidates;  ///< they begin with the last word; in the order in which they are shown
  Lookup lookup = Lookup::nothing;
};

/// Reads the manifests at these paths; called only where their names matter.
using ReadManifests = std::function<manifests::Load(const std::vector<std::string>& paths)>;

/// `words`: the line up to the cursor, beginning with the program's name; the last one is being typed and may be empty.
/// Where a command's usage or an option's value says NAME, ID, KIND, PATH and so on, that is what is offered.
Completion complete(const std::vector<std::string>& words, const Registry& registry, const ReadManifests& read);

/// The script that makes a shell ask. Throws Error(usage) for a shell other than bash and zsh.
std::string completion_script(const std::string& shell);

}  // namespace muster::cli
