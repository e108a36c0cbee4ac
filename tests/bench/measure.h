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
  std::chrono::microseconds first_output{0};  ///< until the first byte on either
  long peak_kb = 0;                           ///< resident
  std::string output{};                       ///< the last 4 KiB of both
};

/// Starts commands from a small process of its own: Linux counts what a process used before it became the command as
/// the command's peak, and this one holds a whole cloud. Create it before that.
class Launcher {
 public:
  Launcher();
  ~Launcher();
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;

  /// Runs `command` in `directory`, stderr being a terminal and stdout a pipe, with this process's environment less
  /// OS_* and OVH_*, plus `variables`. Exit code 127: it could not be started.
  Measured measure(const std::vector<std::string>& command, const std::filesystem::path& directory,
                   const std::map<std::string, std::string>& variables);

 private:
  int socket_ = -1;
  int process_ = -1;
};

}  // namespace muster::bench
