#include "reconciler/cli/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
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

/// Whose the screen is. Only one thread ever gets to `ending`, and it ends the process.
enum class Screen { idle, painting, end_is_due, ending };
std::atomic<Screen> screen{Screen::idle};

constexpr int handled[] = {SIGINT, SIGTERM, SIGHUP};
/// A held terminal takes nothing, and must not keep the process.
constexpr int longest_say_ms = 200;

// What follows runs inside a handler: nothing but poll(2), write(2) and _exit(2) may be called.
void say(std::string_view text) {
  pollfd wait{STDERR_FILENO, POLLOUT, 0};
  if (poll(&wait, 1, longest_say_ms) != 1) return;
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

void take_drawn_lines_off() {
  std::size_t lines = drawn_lines;
  if (lines == 0) return;
  char text[40] = "\x1b[";
  std::size_t length = 2;
  char digits[20];
  std::size_t count = 0;
  for (; lines > 0; lines /= 10) digits[count++] = static_cast<char>('0' + lines % 10);
  while (count > 0) text[length++] = digits[--count];
  for (const char next : std::string_view("A\x1b[0m\r\x1b[J")) text[length++] = next;
  say({text, length});
}

[[noreturn]] void end_at_once() {
  take_drawn_lines_off();
  say("Stopped at once; what had begun is looked up by the next run.\n");
  _exit(130);
}

/// The end was asked for: now, or as soon as the picture on the screen is whole. Asked twice, now.
void end_when_whole() {
  Screen seen = screen;
  while (seen != Screen::ending) {
    const Screen next = seen == Screen::painting ? Screen::end_is_due : Screen::ending;
    if (!screen.compare_exchange_weak(seen, next)) continue;
    if (next == Screen::ending) end_at_once();
    return;
  }
}

extern "C" void on_signal(int number, siginfo_t* info, void*) {
  const int before = errno;
  if (received.exchange(number) != 0 && !patient_now) {
    end_when_whole();
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
  stopped_ = eventfd(0, EFD_CLOEXEC);
  if (stopped_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  // The waiter blocks; the handler must not.
  fcntl(pipe_[0], F_SETFL, 0);
  wake_pipe = pipe_[1];
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  // Restarted, since a stream whose write was cut short takes nothing any more; await_input comes back all the same.
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (const int number : handled) sigaddset(&action.sa_mask, number);
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
  close(stopped_);
}

void Signals::wait_for_signal() {
  char byte = 0;
  while (byte != 'q') {
    const auto count = read(pipe_[0], &byte, 1);
    if (count == 1 && byte == 's') {
      stop_.request_stop();
      eventfd_write(stopped_, 1);
    }
    if (count < 0 && errno != EINTR) return;
  }
}

void Signals::set_drawn_lines(std::size_t lines) { drawn_lines = lines; }

void Signals::set_painting(bool painting) {
  Screen seen = painting ? Screen::idle : Screen::painting;
  if (screen.compare_exchange_strong(seen, painting ? Screen::painting : Screen::idle)) return;
  if (seen == Screen::end_is_due && screen.compare_exchange_strong(seen, Screen::ending)) end_at_once();
  while (true) pause();  // another thread ends the process
}

bool Signals::await_input() {
  pollfd waits[] = {{STDIN_FILENO, POLLIN, 0}, {stopped_, POLLIN, 0}};
  while (poll(waits, 2, -1) < 0 && errno == EINTR) continue;
  return waits[1].revents == 0;
}

void Signals::set_patient(bool patient) { patient_now = patient; }

int Signals::to_forward() const { return from_terminal ? 0 : received.load(); }

}  // namespace muster::cli
