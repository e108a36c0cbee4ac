#include "reconciler/cli/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace muster::cli {
namespace {

// A handler can reach nothing else.
std::atomic<int> wake_pipe{-1};
std::atomic<int> received{0};
std::atomic<bool> from_terminal{false};
std::atomic<bool> patient_now{false};
std::atomic<std::size_t> drawn_lines{0};
std::atomic<bool> painting_now{false};
std::atomic<bool> end_is_due{false};
std::atomic<bool> ending{false};

constexpr int handled[] = {SIGINT, SIGTERM, SIGHUP};

// What follows runs inside a handler: nothing but write(2), pause(2) and _exit(2) may be called.
void say(std::string_view text) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

void take_drawn_lines_off() {
  for (std::size_t line = drawn_lines; line > 0; --line) say("\x1b[A");
  if (drawn_lines > 0) say("\x1b[0m\r\x1b[J");
}

[[noreturn]] void end_at_once() {
  // Painter and handler may both come here.
  while (ending.exchange(true)) pause();
  take_drawn_lines_off();
  say("Stopped at once; what had begun is looked up by the next run.\n");
  _exit(130);
}

extern "C" void on_signal(int number, siginfo_t* info, void*) {
  const int before = errno;
  if (received.exchange(number) != 0 && !patient_now) {
    const bool was_due = end_is_due.exchange(true);
    if (was_due || !painting_now) end_at_once();
    errno = before;
    return;
  }
  from_terminal = info->si_code == SI_KERNEL;
  const char byte = 's';
  [[maybe_unused]] const auto written = write(wake_pipe, &byte, 1);
  errno = before;
}

}  // namespace

Signals::Signals() {
  if (pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  // The waiter blocks; the handler must not.
  fcntl(pipe_[0], F_SETFL, 0);
  wake_pipe = pipe_[1];
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  // No SA_RESTART: a question that waits for an answer has to come back.
  action.sa_flags = SA_SIGINFO;
  for (const int number : handled) sigaction(number, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  waiter_ = std::thread([this] { wait_for_signal(); });
}

Signals::~Signals() {
  for (const int number : handled) signal(number, SIG_DFL);
  const char byte = 'q';
  [[maybe_unused]] const auto written = write(pipe_[1], &byte, 1);
  waiter_.join();
  wake_pipe = -1;
  close(pipe_[0]);
  close(pipe_[1]);
}

void Signals::wait_for_signal() {
  char byte = 0;
  while (byte != 'q') {
    const auto count = read(pipe_[0], &byte, 1);
    if (count == 1 && byte == 's') stop_.request_stop();
    if (count < 0 && errno != EINTR) return;
  }
}

void Signals::set_drawn_lines(std::size_t lines) { drawn_lines = lines; }

void Signals::set_painting(bool painting) {
  painting_now = painting;
  if (!painting && end_is_due) end_at_once();
}

void Signals::set_patient(bool patient) { patient_now = patient; }

int Signals::to_forward() const { return from_terminal ? 0 : received.load(); }

}  // namespace muster::cli
