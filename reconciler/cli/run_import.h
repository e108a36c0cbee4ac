#pragma once

// What `muster import` imports from; each function is one tool.

#include "reconciler/cli/command.h"

namespace muster::cli {

/// Install Party's configuration file.
int run_import_install_party(Invocation& call);
/// The projects of a running IPD server.
int run_import_ipd(Invocation& call);

}  // namespace muster::cli
