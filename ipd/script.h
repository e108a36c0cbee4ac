#pragma once

// Runs a package's control.sh, which is how everything it deploys comes about.

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace muster::ipd {

struct ScriptCall {
  std::filesystem::path program;  ///< absolute
  std::vector<std::string> arguments;
  std::filesystem::path folder;            ///< working directory
  std::map<std::string, std::string> env;  ///< all of its environment
  std::filesystem::path output;            ///< stdout and stderr are appended to this file
  std::chrono::seconds time_limit{1800};
};

struct ScriptEnd {
  enum class How { exited, killed, late, stopped, not_started };
  How how = How::exited;
  int code = 0;       ///< exited: its exit code; killed: the signal
  std::string words;  ///< not_started: why
};

/// Blocks until the script itself has ended; what it left running goes on, as a service that it started does. Over
/// the time limit, or when `stop` is requested, everything in its process group is killed. Its stdin is /dev/null.
ScriptEnd run_script(const ScriptCall& call, const std::stop_token& stop);

/// Nothing when control.sh is there and may be executed, else why not.
std::optional<std::string> script_obstacle(const std::filesystem::path& program);

/// Kills every process with DEPLOY=`deployment` in its environment: what a daemon that was killed left behind. Returns
/// how many there were, once they are gone.
int kill_left_over(const std::string& deployment);

/// The end of a file as text, `most` bytes, from a line's beginning when something before it is left out. Empty when
/// there is no such file.
std::string tail_of(const std::filesystem::path& file, std::size_t most);

}  // namespace muster::ipd
