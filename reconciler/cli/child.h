#pragma once

// Runs another program in the foreground.

#include <map>
#include <string>
#include <vector>

#include "reconciler/cli/shell.h"

namespace muster::cli {

/// Starts `command` with our streams and the given variables beside our own, passes signals on, waits for it.
/// Returns its exit code, 128 + signal when one ended it. Throws Error(usage) when it cannot be started.
int run_child(const std::vector<std::string>& command, const std::map<std::string, std::string>& variables,
              Shell& shell);

}  // namespace muster::cli
