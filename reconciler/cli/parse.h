#pragma once

#include <string>
#include <vector>

#include "reconciler/cli/command.h"

namespace muster::cli {

struct Parsed {
  const Command* command = nullptr;  ///< nullptr: no command was given, or help on muster itself was asked for
  Options options;
};

/// Throws Error(usage) with a did-you-mean for an unknown command or option.
Parsed parse_command_line(std::vector<std::string> words);

}  // namespace muster::cli
