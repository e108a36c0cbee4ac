#include "tests/bench/measure.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>

extern char** environ;

namespace muster::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::vector<std::string> environment_with(const std::map<std::string, std::string>& variables) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("OS_") && !text.starts_with("OVH_")) all.emplace_back(text);
  }
  for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::chrono::microseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

std::chrono::microseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
}

/// Reads until both ends are closed, and keeps the end of what came.
void drain(int output, int terminal, Clock::time_point begin, Measured& measured) {
  constexpr std::size_t kept = 4096;
  std::array<char, 65536> buffer{};
  std::array<pollfd, 2> ends{{{output, POLLIN, 0}, {terminal, POLLIN, 0}}};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (poll(ends.data(), ends.size(), -1) < 0) {
      if (errno != EINTR) fail("poll");
      continue;
    }
    for (pollfd& end : ends) {
      if (end.fd < 0 || end.revents == 0) continue;
      const ssize_t size = read(end.fd, buffer.data(), buffer.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) {  // a terminal that nobody has open any more answers with an error
        end.fd = -1;
        continue;
      }
      if (measured.first_output.count() == 0) measured.first_output = since(begin);
      measured.output.append(buffer.data(), static_cast<std::size_t>(size));
      if (measured.output.size() > kept) measured.output.erase(0, measured.output.size() - kept);
    }
  }
}

Measured run(const std::vector<std::string>& command, const std::filesystem::path& directory,
             const std::map<std::string, std::string>& variables) {
  std::vector<std::string> words = command;
  std::vector<std::string> environment = environment_with(variables);
  const std::vector<char*> argv = pointers_to(words);
  const std::vector<char*> envp = pointers_to(environment);
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) fail("pipe");
  int terminal = -1;
  int screen = -1;
  winsize size{24, 100, 0, 0};
  if (openpty(&terminal, &screen, nullptr, nullptr, &size) != 0) fail("openpty");
  fcntl(terminal, F_SETFD, FD_CLOEXEC);
  const Clock::time_point begin = Clock::now();
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    // Between fork and exec only what is safe there.
    if (chdir(directory.c_str()) == 0 && dup2(pipe[1], 1) == 1 && dup2(screen, 2) == 2) {
      execvpe(argv.front(), argv.data(), envp.data());
    }
    _exit(127);
  }
  close(pipe[1]);
  close(screen);
  Measured measured;
  drain(pipe[0], terminal, begin, measured);
  close(pipe[0]);
  close(terminal);
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) fail("wait4");
  }
  measured.wall = since(begin);
  measured.cpu = duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
  measured.peak_kb = usage.ru_maxrss;
  if (WIFEXITED(status)) measured.exit_code = WEXITSTATUS(status);
  return measured;
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

void send(int socket, const nlohmann::json& message) {
  const std::string text = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t size = write(socket, text.data() + at, text.size() - at);
    if (size < 0) fail("write");
    at += static_cast<std::size_t>(size);
  }
}

/// A line; null at the end.
nlohmann::json receive(std::FILE* stream) {
  std::string text;
  for (int c = std::fgetc(stream); c != EOF && c != '\n'; c = std::fgetc(stream)) text += static_cast<char>(c);
  return text.empty() ? nlohmann::json() : nlohmann::json::parse(text);
}

void serve(int socket) {
  const File stream(fdopen(dup(socket), "r"));
  for (nlohmann::json order = receive(stream.get()); !order.is_null(); order = receive(stream.get())) {
    const Measured measured =
        run(order["command"].get<std::vector<std::string>>(), order["directory"].get<std::string>(),
            order["variables"].get<std::map<std::string, std::string>>());
    send(socket, {{"exit_code", measured.exit_code},
                  {"wall", measured.wall.count()},
                  {"cpu", measured.cpu.count()},
                  {"first_output", measured.first_output.count()},
                  {"peak_kb", measured.peak_kb},
                  {"output", measured.output}});
  }
}

}  // namespace

Launcher::Launcher() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
  process_ = fork();
  if (process_ < 0) fail("fork");
  if (process_ == 0) {
    close(ends[0]);
    serve(ends[1]);
    _exit(0);
  }
  close(ends[1]);
  socket_ = ends[0];
}

Launcher::~Launcher() {
  close(socket_);
  waitpid(process_, nullptr, 0);
}

Measured Launcher::measure(const std::vector<std::string>& command, const std::filesystem::path& directory,
                           const std::map<std::string, std::string>& variables) {
  send(socket_, {{"command", command}, {"directory", directory.string()}, {"variables", variables}});
  const File stream(fdopen(dup(socket_), "r"));
  const nlohmann::json answer = receive(stream.get());
  if (answer.is_null()) throw std::runtime_error("the process that starts commands is gone");
  Measured measured;
  measured.exit_code = answer["exit_code"];
  measured.wall = std::chrono::microseconds(answer["wall"].get<std::int64_t>());
  measured.cpu = std::chrono::microseconds(answer["cpu"].get<std::int64_t>());
  measured.first_output = std::chrono::microseconds(answer["first_output"].get<std::int64_t>());
  measured.peak_kb = answer["peak_kb"];
  measured.output = answer["output"];
  return measured;
}

}  // namespace muster::bench
