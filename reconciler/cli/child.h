#pragma once

// Runs another program in the foreground.

#include <map>
#include <string>
#include <vector>

#include "reconciler/cli/shell.h"

namespace muster::cli {

struct ChildEnvironment {
  std::map<std::string, std::string> variables;
  /// Of our own variables those that begin like this are not passed on: "OS_".
  std::vector<std::string> withheld;
};

/// Starts `command` with our streams, our own environment and the given one, passes signals on, waits for it.
/// Returns its exit code, 128 + signal when one ended it. Throws Error(usage) when it cannot be started.
int run_child(const std::vector<std::string>& command, const ChildEnvironment& environment, Shell& shell);

}  // namespace muster::cli
