#include "ipd/script.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

namespace muster::ipd {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  void reset() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }

 private:
  int value_;
};

/// Texts in the form that execve takes; made before the fork, where memory may be asked for.
class Texts {
 public:
  explicit Texts(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

std::vector<std::string> environment_of(const ScriptCall& call) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : call.env) texts.push_back(fmt::format("{}={}", name, value));
  return texts;
}

std::vector<std::string> words_of(const ScriptCall& call) {
  std::vector<std::string> words{call.program.string()};
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  return words;
}

struct Started {
  const char* program;
  const char* folder;
  char* const* arguments;
  char* const* environment;
  int input;
  int output;
  int failure;  ///< where errno goes when there will be no program
  pid_t parent;
};

/// After fork in a process with threads: nothing but async-signal-safe calls.
[[noreturn]] void become(const Started& started) {
  ::setpgid(0, 0);
  // A daemon that is killed leaves no script behind that nobody waits for.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool is_orphan = ::getppid() != started.parent;
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::signal(signal, SIG_DFL);
  if (!is_orphan && ::chdir(started.folder) == 0 && ::dup2(started.input, STDIN_FILENO) >= 0 &&
      ::dup2(started.output, STDOUT_FILENO) >= 0 && ::dup2(started.output, STDERR_FILENO) >= 0) {
    ::execve(started.program, started.arguments, started.environment);
  }
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(started.failure, &error, sizeof error);
  ::_exit(127);
}

ScriptEnd not_started(const ScriptCall& call, int error) {
  std::string words =
      fmt::format("{} {}: {}", call.program.string(), fmt::join(call.arguments, " "), std::strerror(error));
  if (error == ENOENT) words += "; the program after #! in its first line is missing";
  if (error == ENOEXEC) words += "; its first line has to be #!/bin/sh or the like";
  return {ScriptEnd::How::not_started, 0, std::move(words)};
}

/// The end of the child, once it has ended.
ScriptEnd collect(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {ScriptEnd::How::killed, WTERMSIG(status), {}};
  return {ScriptEnd::How::exited, WEXITSTATUS(status), {}};
}

/// Of a script that does not stop writing the end is all that anybody will read, and the disk is not its own. The file
/// keeps its length and what is written meanwhile; what lies before its end is given back to the disk, as all file
/// systems of Linux can that one would put uploads on (fallocate(2)).
void free_all_but_the_end(const std::filesystem::path& output) {
  constexpr off_t longest = off_t{16} << 20;
  constexpr off_t kept = off_t{1} << 20;
  constexpr off_t block = 512;  // of st_blocks, stat(2)
  struct stat now {};
  if (::stat(output.c_str(), &now) != 0 || now.st_blocks * block <= longest) return;
  const Descriptor file(::open(output.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() >= 0) ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, now.st_size - kept);
}

/// `process` is the child's pidfd, `wake` an eventfd.
ScriptEnd await(pid_t child, const Descriptor& process, const Descriptor& wake, const ScriptCall& call,
                const std::stop_token& stop) {
  const std::stop_callback ring(stop, [&wake] { ::eventfd_write(wake.get(), 1); });
  const auto end = std::chrono::steady_clock::now() + call.time_limit;
  while (true) {
    const std::int64_t left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    constexpr std::int64_t longest = 100;  // how often the output is looked at
    std::array<pollfd, 2> watched{{{process.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}}};
    const int ready = left <= 0 ? 0 : ::poll(watched.data(), watched.size(), static_cast<int>(std::min(left, longest)));
    if (ready < 0 && errno == EINTR) continue;
    free_all_but_the_end(call.output);
    if (watched[0].revents != 0) return collect(child);
    if (!stop.stop_requested() && left > 0) continue;
    ::kill(-child, SIGKILL);
    collect(child);
    return {stop.stop_requested() ? ScriptEnd::How::stopped : ScriptEnd::How::late, 0, {}};
  }
}

/// A process of ours or not: the variable is there as a whole.
bool has_variable(const std::string& process, const std::string& variable) {
  std::ifstream in("/proc/" + process + "/environ", std::ios::binary);
  for (std::string entry; std::getline(in, entry, '\0');)
    if (entry == variable) return true;
  return false;
}

std::vector<pid_t> processes_with(const std::string& variable) {
  std::vector<pid_t> found;
  std::error_code fault;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", fault)) {
    const std::string name = entry.path().filename().string();
    pid_t process = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    if (has_variable(name, variable)) found.push_back(process);
  }
  return found;
}

ScriptEnd try_script(const ScriptCall& call, const std::stop_token& stop, int& error) {
  if (stop.stop_requested()) return {ScriptEnd::How::stopped, 0, {}};
  const Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor output(::open(call.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC));
  std::array<int, 2> ends{-1, -1};
  if (input.get() < 0 || output.get() < 0 || wake.get() < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0)
    return not_started(call, errno);
  const Descriptor failure(ends[0]);
  Descriptor failed(ends[1]);
  const Texts arguments(words_of(call));
  const Texts environment(environment_of(call));
  const std::string program = call.program.string();
  const std::string folder = call.folder.string();
  const Started started{program.c_str(), folder.c_str(), arguments.get(), environment.get(),
                        input.get(),     output.get(),   failed.get(),    ::getpid()};
  const pid_t child = ::fork();
  if (child < 0) return not_started(call, errno);
  if (child == 0) become(started);
  failed.reset();
  error = 0;
  ssize_t got = 0;
  while ((got = ::read(failure.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  if (got > 0) {
    collect(child);
    return not_started(call, error);
  }
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (process.get() >= 0) return await(child, process, wake, call, stop);
  const int unwatched = errno;
  ::kill(-child, SIGKILL);
  collect(child);
  return not_started(call, unwatched);
}

}  // namespace

ScriptEnd run_script(const ScriptCall& call, const std::stop_token& stop) {
  // A script of another deployment that is being started has for a moment what was open when it was forked, and a file
  // that is open for writing cannot be executed. Nobody tells when it has let go.
  constexpr int most_tries = 200;
  constexpr std::chrono::milliseconds pause{10};
  int error = 0;
  ScriptEnd end = try_script(call, stop, error);
  for (int tries = 1; error == ETXTBSY && tries < most_tries; ++tries) {
    std::this_thread::sleep_for(pause);
    end = try_script(call, stop, error);
  }
  return end;
}

std::optional<std::string> script_obstacle(const std::filesystem::path& program) {
  struct stat status {};
  if (::stat(program.c_str(), &status) != 0) return "the package holds no control.sh";
  if (!S_ISREG(status.st_mode)) return "control.sh is no file";
  if (::access(program.c_str(), X_OK) != 0) return "control.sh may not be executed: chmod +x it before packing";
  return std::nullopt;
}

int kill_left_over(const std::string& deployment) {
  const std::string variable = "DEPLOY=" + deployment;
  int killed = 0;
  std::set<pid_t> left_alone;  // another user's: nothing of ours; or stuck in the kernel
  for (bool is_news = true; is_news;) {
    is_news = false;
    for (const pid_t process : processes_with(variable)) {
      if (left_alone.contains(process)) continue;
      is_news = true;
      const Descriptor watched(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
      if (::kill(process, SIGKILL) != 0) {
        if (errno != ESRCH) left_alone.insert(process);
        continue;
      }
      ++killed;
      pollfd end{watched.get(), POLLIN, 0};
      constexpr int long_enough = 10'000;
      if (watched.get() >= 0 && ::poll(&end, 1, long_enough) == 0) left_alone.insert(process);
    }
  }
  return killed;
}

std::string tail_of(const std::filesystem::path& file, std::size_t most) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const auto size = static_cast<std::size_t>(in.tellg());
  const std::size_t from = size > most ? size - most : 0;
  in.seekg(static_cast<std::streamoff>(from));
  std::string text(size - from, '\0');  // it may be growing
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  // From the first whole line on, if there is more than that.
  const std::size_t line = from > 0 ? text.find('\n') : std::string::npos;
  if (line != std::string::npos && line + 1 < text.size()) text.erase(0, line + 1);
  return text;
}

}  // namespace muster::ipd
