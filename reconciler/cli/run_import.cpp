#include "reconciler/cli/run_import.h"

#include <fmt/format.h>

#include "reconciler/cli/handlers.h"
#include "resources/contract/error.h"

namespace muster::cli {

int run_import(Invocation& call) {
  const std::vector<std::string>& words = call.options.words;
  const std::vector<std::string> known = {"install-party", "ipd"};
  if (words.empty())
    throw Error(Fault::usage, "import from what?", "muster import install-party CONFIG, or muster import ipd URL");
  if (words.front() == known[0]) return run_import_install_party(call);
  if (words.front() == known[1]) return run_import_ipd(call);
  const std::string near = did_you_mean(words.front(), known);
  throw Error(Fault::usage, fmt::format("'{}' is no tool that muster imports from", words.front()),
              near.empty() ? "it knows install-party and ipd" : fmt::format("did you mean '{}'?", near));
}

}  // namespace muster::cli
