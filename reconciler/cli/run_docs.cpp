#include "reconciler/cli/handlers.h"
#include "reconciler/cli/view_man.h"
#include "reconciler/cli/view_reference.h"
#include "resources/contract/error.h"

namespace muster::cli {

int run_docs(Invocation& call) {
  const auto& words = call.options.words;
  const std::string what = words.size() == 1 ? words.front() : "";
  if (what == "reference") {
    call.console.out(reference_text(call.registry));
  } else if (what == "man") {
    call.console.out(commands_man_page());
  } else if (what == "manifests") {
    call.console.out(manifests_man_page(call.registry));
  } else {
    throw Error(Fault::usage,
                what.empty() ? "docs takes one of three words" : "there are no docs called '" + what + "'",
                "muster docs reference, muster docs man or muster docs manifests");
  }
  return Exit::converged;
}

}  // namespace muster::cli
