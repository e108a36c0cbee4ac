// `completion` prints the script for a shell; the hidden `complete` is what the script asks.

#include "manifests/load.h"
#include "reconciler/cli/completion.h"
#include "reconciler/cli/handlers.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

std::string lookup_line(Lookup lookup) {
  switch (lookup) {
    case Lookup::files:
      return ":files\n";
    case Lookup::directories:
      return ":directories\n";
    case Lookup::programs:
      return ":programs\n";
    case Lookup::nothing:
      break;
  }
  return "";
}

/// A candidate is a line: what contains a line break cannot be one.
bool fits_a_line(const std::string& text) {
  return !text.empty() && text.find_first_of("\n\t") == std::string::npos && text.front() != ':';
}

}  // namespace

int run_completion(Invocation& call) {
  const auto& words = call.options.words;
  if (words.size() != 1) {
    throw Error(Fault::usage, "completion takes the name of a shell",
                "muster completion bash, or muster completion zsh");
  }
  call.console.out(completion_script(words.front()));
  return Exit::converged;
}

int run_complete(Invocation& call) {
  // Nobody asked for a check: problems in manifests are not reported here, and what is sound is offered.
  const auto read = [&call](const std::vector<std::string>& paths) {
    manifests::Secrets secrets(call.shell.environment, call.redactor);
    return manifests::load(paths, call.registry, secrets, {.reveal_secrets = false});
  };
  const Completion completion = complete(call.options.rest, call.registry, read);
  std::string text;
  for (const Candidate& candidate : completion.candidates) {
    if (!fits_a_line(candidate.text)) continue;
    text += candidate.text + (fits_a_line(candidate.doc) ? "\t" + candidate.doc : "") + "\n";
  }
  call.console.out(text + lookup_line(completion.lookup));
  return Exit::converged;
}

}  // namespace muster::cli
