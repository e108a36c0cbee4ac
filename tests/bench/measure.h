#pragma once

// One command as a process of its own: how long it took and what it used.

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace muster::bench {

struct Measured {
  int exit_code = -1;  ///< -1: ended by a signal
  std::chrono::microseconds wall{0};
  std::chrono::microseconds cpu{0};           ///< user and system
  std::chrono::microseconds first_output{0};  ///< until the first byte on stdout or stderr
  long peak_kb = 0;                           ///< resident
  std::string output{};                       ///< the last 4 KiB of both
};

/// Runs `command` in `directory` with this process's environment less OS_* and OVH_*, plus `variables`.
/// Throws std::system_error when it cannot be started.
Measured measure(const std::vector<std::string>& command, const std::filesystem::path& directory,
                 const std::map<std::string, std::string>& variables);

}  // namespace muster::bench
