#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/cli/command.h"

namespace muster::cli {

/// In the order of help.
inline constexpr std::array shown_groups = {Group::start, Group::change, Group::look, Group::tools};
/// Empty for what is hidden.
std::string_view heading(Group group);
/// "-y" and "--yes": the short name, if there is one, first.
std::vector<std::string> names_of(const Option& option);

/// The list of commands.
std::string help_text(int width);
/// One command in full.
std::string help_text(const Command& command, int width);

/// For machines: one record per command, in the order of help.
std::string help_records();
std::string help_record(const Command& command);

}  // namespace muster::cli
