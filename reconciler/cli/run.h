#pragma once

#include <string>
#include <vector>

#include "reconciler/cli/shell.h"
#include "resources/contract/registry.h"

namespace muster::cli {

/// Runs one command line (without the program's name) and returns the exit code. Throws nothing but std::bad_alloc:
/// errors are shown on stderr.
int run_command_line(const std::vector<std::string>& words, const Registry& registry, Shell& shell);

}  // namespace muster::cli
