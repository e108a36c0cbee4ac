// beside_cloud COMMAND...: runs COMMAND with the sandbox's OVH and guests beside the OpenStack that the OS_* variables
// name. The sandbox's own OpenStack stays unused; whatever address the other one gives out, a guest answers there.

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <system_error>

#include "sandbox/sandbox.h"

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
  if (argc < 2 || getenv("OS_AUTH_URL") == nullptr) {
    std::cerr << "usage: beside_cloud COMMAND..., with OS_AUTH_URL and its like set for an OpenStack to test on\n";
    return 3;
  }
  try {
    muster::sandbox::SandboxOptions options;
    options.guests.all_addresses = true;
    const muster::sandbox::Sandbox sandbox(options);
    for (const auto& [name, value] : sandbox.environment()) {
      if (!name.starts_with("OS_")) setenv(name.c_str(), value.c_str(), 1);
    }
    return run(argv + 1);
  } catch (const std::system_error& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
