#pragma once

// Every switch of the sandbox by name: `muster sandbox --set NAME=VALUE`.

#include <string>
#include <vector>

#include "reconciler/cli/command.h"

namespace muster::cli {

/// Sorted by what they are about. An Option whose `names` is the one name of the setting.
std::vector<Option> sandbox_settings();

/// Takes "NAME=VALUE". Throws Error(usage), with a did-you-mean for an unknown name.
void take_sandbox_setting(Options& options, const std::string& text);

}  // namespace muster::cli
