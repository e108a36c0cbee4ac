#include "manifests/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "resources/contract/error.h"

namespace muster::manifests {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() { reset(); }
  int get() const { return value_; }
  void reset() {
    if (value_ >= 0) ::close(std::exchange(value_, -1));
  }

 private:
  int value_;
};

[[noreturn]] void throw_system(const char* what) {
  throw Error(Fault::permanent, fmt::format("{}: {}", what, std::strerror(errno)));
}

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_system("no pipe for a command");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return pipe;
}

/// The two option objects of posix_spawn, set up for a child with its own process group and default signals.
class SpawnOptions {
 public:
  SpawnOptions(const Pipe& output, const Pipe& errors, const std::string& directory) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, errors.write_end.get(), STDERR_FILENO);
    if (!directory.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;
  ~SpawnOptions() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

/// A started child; its destructor leaves neither a process nor a zombie behind.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid), ended_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
    if (ended_.get() < 0) {
      finish();
      throw_system("cannot wait for a command");
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { finish(); }

  /// Readable once the child has ended.
  int ended() const { return ended_.get(); }

  /// Waits for the child, and kills it first unless `has_ended`; the status as waitpid gives it.
  int finish(bool has_ended = false) {
    if (pid_ < 0) return 0;
    if (!has_ended) ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
  Descriptor ended_;
};

enum class ReadResult { more_later, closed };

ReadResult read_available(Descriptor& from, std::string& into, std::size_t keep) {
  std::array<char, 16384> buffer{};
  while (from.get() >= 0) {
    const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
    if (count > 0) {
      const auto room = keep > into.size() ? keep - into.size() : 0;
      into.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
      if (into.size() >= keep && static_cast<std::size_t>(count) == buffer.size()) return ReadResult::more_later;
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return ReadResult::more_later;
    break;
  }
  from.reset();
  return ReadResult::closed;
}

void collect(Child& child, Pipe& output, Pipe& errors, std::chrono::milliseconds limit, std::size_t most_output,
             SubprocessResult& result) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + limit;
  bool has_ended = false;
  while (!has_ended) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      result.end = SubprocessResult::End::timed_out;
      break;
    }
    std::array<pollfd, 3> watched{
        {{output.read_end.get(), POLLIN, 0}, {errors.read_end.get(), POLLIN, 0}, {child.ended(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), static_cast<int>(std::min<long long>(left, 1'000'000))) < 0 &&
        errno != EINTR) {
      throw_system("cannot wait for a command");
    }
    has_ended = (watched[2].revents & POLLIN) != 0;
    read_available(output.read_end, result.output, most_output + 1);
    read_available(errors.read_end, result.errors, 4096);
    if (result.output.size() > most_output) {
      result.end = SubprocessResult::End::too_much_output;
      break;
    }
  }
  const int status = child.finish(has_ended);
  if (result.end != SubprocessResult::End::not_started) return;
  result.end = WIFSIGNALED(status) ? SubprocessResult::End::signalled : SubprocessResult::End::exited;
  result.status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

std::string SubprocessResult::describe() const {
  std::string text;
  switch (end) {
    case End::exited:
      text = fmt::format("exited with status {}", status);
      break;
    case End::signalled:
      text = fmt::format("was killed by signal {}", status);
      break;
    case End::timed_out:
      text = "did not end within the limit and was stopped";
      break;
    case End::too_much_output:
      text = "printed too much and was stopped";
      break;
    case End::not_started:
      return fmt::format("could not be started: {}", std::strerror(status));
  }
  const std::string first_line = errors.substr(0, errors.find('\n'));
  return first_line.empty() ? text : text + ": " + first_line;
}

SubprocessResult run_subprocess(const std::vector<std::string>& words, std::chrono::milliseconds limit,
                                std::size_t most_output, const std::string& directory) {
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  SubprocessResult result;
  pid_t pid = -1;
  {
    const SpawnOptions options(output, errors, directory);
    result.status =
        ::posix_spawnp(&pid, arguments[0], &options.actions, &options.attributes, arguments.data(), environ);
  }
  if (result.status != 0) return result;
  Child child(pid);
  output.write_end.reset();
  errors.write_end.reset();
  collect(child, output, errors, limit, most_output, result);
  return result;
}

}  // namespace muster::manifests
