#pragma once

// The texts of boot.sh and caddy.service, which the build puts into the program as they are.

#include <string_view>

namespace muster::workshop {

extern const std::string_view boot_script;
extern const std::string_view caddy_unit;

}  // namespace muster::workshop
