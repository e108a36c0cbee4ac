#pragma once

// The man pages, in the man macros of groff and mandoc.

#include <string>

#include "resources/contract/registry.h"

namespace muster::cli {

/// muster(1): the commands.
std::string commands_man_page();
/// muster-manifests(5): the kinds and their fields.
std::string manifests_man_page(const Registry& registry);

}  // namespace muster::cli
