#pragma once

#include <string>

#include "ipd/settings.h"

namespace muster::ipd {

/// The daemon: until SIGTERM or SIGINT. SIGHUP reads the users anew and opens the log anew. Tells systemd when it is
/// ready, that it lives, and that it ends. Call it before any other thread runs. `path`: PATH for scripts. The exit
/// code. Throws Error(usage) when it cannot begin.
int serve(const Settings& settings, const std::string& path);

}  // namespace muster::ipd
