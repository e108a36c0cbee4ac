// beside_cloud [--losing DIARY] COMMAND...: runs COMMAND with the sandbox's OVH and guests beside the OpenStack that
// the OS_* variables name. The sandbox's own OpenStack stays unused; whatever address the other one gives out, a guest
// answers there. With --losing a front stands between (losing_front.h) that loses 30 % of nova's answers to calls that
// write; REAL_OS_AUTH_URL then leads around it, and DIARY gets the names of the servers that were made.

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <string_view>
#include <system_error>

#include "sandbox/sandbox.h"
#include "tests/labs/losing_front.h"

namespace {

/// Its exit code, 128 + signal when one ended it. Throws std::system_error.
int run(char* const command[]) {
  pid_t child = 0;
  if (const int error = posix_spawnp(&child, command[0], nullptr, nullptr, command, environ); error != 0) {
    throw std::system_error(error, std::generic_category(), command[0]);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char* argv[]) {
  const bool losing = argc > 3 && argv[1] == std::string_view("--losing");
  char** const command = argv + (losing ? 3 : 1);
  if (*command == nullptr || getenv("OS_AUTH_URL") == nullptr) {
    std::cerr << "usage: beside_cloud [--losing DIARY] COMMAND..., with OS_AUTH_URL and its like set for an OpenStack "
                 "to test on\n";
    return 3;
  }
  try {
    muster::sandbox::SandboxOptions options;
    options.guests.all_addresses = true;
    const muster::sandbox::Sandbox sandbox(options);
    for (const auto& [name, value] : sandbox.environment()) {
      if (!name.starts_with("OS_")) setenv(name.c_str(), value.c_str(), 1);
    }
    if (!losing) return run(command);
    const muster::labs::LosingFront front({.auth_url = getenv("OS_AUTH_URL"), .diary = argv[2]});
    setenv("REAL_OS_AUTH_URL", getenv("OS_AUTH_URL"), 1);
    setenv("OS_AUTH_URL", front.auth_url().c_str(), 1);
    const int code = run(command);
    std::cout << front.lost() << " answers of nova to calls that write were lost\n";
    return code;
  } catch (const std::system_error& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
