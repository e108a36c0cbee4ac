#pragma once

#include <string>

#include "reconciler/cli/command.h"

namespace muster::cli {

/// The list of commands.
std::string help_text(int width);
/// One command in full.
std::string help_text(const Command& command, int width);

}  // namespace muster::cli
