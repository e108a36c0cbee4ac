#include "state/ssh_child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "resources/contract/error.h"

extern "C" char** environ;

namespace muster::state {
namespace {

constexpr int longest_goodbye_ms = 5000;
constexpr std::size_t most_words = 4096;

/// Closes what it has when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// How ssh is to behave, whatever ~/.ssh/config says of other uses.
const std::vector<std::string>& manners() {
  static const std::vector<std::string> options{"-T",
                                                "-x",
                                                "-a",
                                                "-oBatchMode=yes",
                                                "-oConnectTimeout=10",
                                                "-oServerAliveInterval=5",
                                                "-oServerAliveCountMax=3",
                                                "-oControlPath=none",
                                                "-oClearAllForwardings=yes",
                                                "-oPermitLocalCommand=no"};
  return options;
}

class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawnattr_init(&manner_);
    // Ctrl+C goes to the terminal's whole group, and must not end what holds the lock.
    ::posix_spawnattr_setpgroup(&manner_, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&manner_, &none);
    sigset_t usual;
    ::sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::sigaddset(&usual, signal);
    ::posix_spawnattr_setsigdefault(&manner_, &usual);
    ::posix_spawnattr_setflags(&manner_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&manner_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void give(int from, int as) { ::posix_spawn_file_actions_adddup2(&files_, from, as); }
  /// 0, or why not.
  int spawn(pid_t& process, const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    return ::posix_spawnp(&process, arguments.front(), &files_, &manner_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t manner_{};
};

[[noreturn]] void give_up(const std::string& program, int reason) {
  throw Error(Fault::permanent, fmt::format("cannot start {}: {}", program, std::strerror(reason)),
              reason == ENOENT ? "install openssh-client, or let MUSTER_SSH name the program" : "");
}

}  // namespace

SshChild::SshChild(const std::vector<std::string>& ssh, const std::string& host, const std::string& command) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) give_up(ssh.front(), errno);
  Descriptor ours(ends[0]);
  const Descriptor its(ends[1]);
  if (::pipe2(ends, O_CLOEXEC) != 0) give_up(ssh.front(), errno);
  Descriptor words(ends[0]);
  const Descriptor its_words(ends[1]);
  SpawnPlan plan;
  plan.give(its.get(), STDIN_FILENO);
  plan.give(its.get(), STDOUT_FILENO);
  plan.give(its_words.get(), STDERR_FILENO);
  std::vector<std::string> line = ssh;
  line.insert(line.end(), manners().begin(), manners().end());
  line.insert(line.end(), {"--", host, command});
  if (const int reason = plan.spawn(process_, line); reason != 0) give_up(ssh.front(), reason);
  talk_ = ours.release();
  errors_ = words.release();
}

SshChild::~SshChild() {
  ::shutdown(talk_, SHUT_WR);
  if (wait(longest_goodbye_ms, -1) != Wait::ended) ::kill(process_, SIGTERM);
  ::close(talk_);
  ::close(errors_);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool SshChild::write(const std::string& text) const {
  return ::send(talk_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

std::optional<std::string> SshChild::read_line(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { ::shutdown(talk_, SHUT_RD); });
  while (true) {
    if (const auto end = heard_.find('\n'); end != std::string::npos) {
      std::string line = heard_.substr(0, end);
      heard_.erase(0, end + 1);
      return line;
    }
    std::array<char, 4096> buffer;
    const ssize_t size = ::recv(talk_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0 || stop.stop_requested()) return std::nullopt;
    heard_.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

SshChild::Wait SshChild::wait(int milliseconds, int wake) {
  std::array<pollfd, 2> watched{pollfd{talk_, POLLIN, 0}, pollfd{wake, POLLIN, 0}};
  while (true) {
    const int ready = ::poll(watched.data(), watched.size(), milliseconds);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Wait::silent;
    if (watched[1].revents != 0) return Wait::woken;
    std::array<char, 4096> buffer;
    if (::recv(talk_, buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0) return Wait::ended;
  }
}

std::string SshChild::last_words() {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t size = ::read(errors_, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    if (text.size() < most_words) text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace muster::state
