#include "reconciler/cli/child.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stop_token>

#include "resources/contract/error.h"

extern char** environ;

namespace muster::cli {
namespace {

std::vector<std::string> merged_environment(const ChildEnvironment& environment) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const bool withheld = std::any_of(environment.withheld.begin(), environment.withheld.end(),
                                      [&](const std::string& prefix) { return text.starts_with(prefix); });
    if (!withheld && !environment.variables.contains(text.substr(0, text.find('=')))) merged.push_back(text);
  }
  for (const auto& [name, value] : environment.variables) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Signals as a program expects them: those we ignore or handle back at their default.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&defaults, number);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

/// Waits without collecting, so that the process id stays valid for the one who forwards signals.
void wait_until_ended(pid_t child) {
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
}

int collect(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int run_child(const std::vector<std::string>& command, const ChildEnvironment& environment, Shell& shell) {
  std::vector<std::string> words = command;
  std::vector<std::string> settings = merged_environment(environment);
  std::vector<char*> argv = pointers(words);
  std::vector<char*> envp = pointers(settings);
  const SpawnAttributes attributes;
  if (shell.signals) shell.signals->set_patient(true);
  pid_t child = 0;
  if (const int error = posix_spawnp(&child, argv[0], nullptr, attributes.get(), argv.data(), envp.data())) {
    throw Error(Fault::usage, "cannot start '" + command.front() + "': " + std::strerror(error),
                "what stands after -- is a program and its arguments");
  }
  {
    const std::stop_callback forward(shell.stop, [&] {
      const int number = shell.signals ? shell.signals->to_forward() : SIGTERM;
      if (number != 0) kill(child, number);
    });
    wait_until_ended(child);
  }
  return collect(child);
}

}  // namespace muster::cli
