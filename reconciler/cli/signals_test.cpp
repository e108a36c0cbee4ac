#include "reconciler/cli/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace {

/// A process of its own that handles signals as muster does and never ends by itself. It says "r" when it is ready and
/// "s" when it was asked to stop.
class Patient {
 public:
  Patient() {
    REQUIRE(pipe(said_) == 0);
    process_ = fork();
    REQUIRE(process_ >= 0);
    if (process_ == 0) live();
    close(said_[1]);
  }
  ~Patient() {
    if (process_ > 0) kill(process_, SIGKILL);
    if (process_ > 0) waitpid(process_, nullptr, 0);
    close(said_[0]);
  }
  Patient(const Patient&) = delete;
  Patient& operator=(const Patient&) = delete;

  /// Blocks; 0 when the process is gone.
  char hear() const {
    char byte = 0;
    return read(said_[0], &byte, 1) == 1 ? byte : '\0';
  }
  void interrupt() const { kill(process_, SIGINT); }
  int exit_code() {
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  [[noreturn]] void live() const {
    const muster::cli::Signals signals;
    say('r');
    const std::stop_callback tell(signals.stop(), [this] { say('s'); });
    while (true) pause();
  }
  void say(char byte) const {
    if (write(said_[1], &byte, 1) != 1) _exit(99);
  }

  int said_[2] = {-1, -1};
  pid_t process_ = 0;
};

}  // namespace

TEST_CASE("the first Ctrl+C asks to stop, the second ends the process at once with 130") {
  if constexpr (!muster::state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  Patient patient;
  REQUIRE(patient.hear() == 'r');
  patient.interrupt();
  CHECK(patient.hear() == 's');
  patient.interrupt();
  CHECK(patient.exit_code() == 130);
}

namespace {

/// What a process that is between two pictures does when it is interrupted, and how it ends.
struct Ended {
  bool painted = false;  ///< it lived on until the picture was whole
  int code = 0;
  bool operator==(const Ended&) const = default;
};

Ended ended_by(const std::vector<int>& while_painting, const std::vector<int>& once_whole = {}) {
  int said[2];
  REQUIRE(pipe(said) == 0);
  const pid_t process = fork();
  REQUIRE(process >= 0);
  if (process == 0) {
    muster::cli::Signals signals;
    signals.set_painting(true);
    for (const int number : while_painting) raise(number);
    if (write(said[1], "p", 1) != 1) _exit(99);
    signals.set_painting(false);
    for (const int number : once_whole) raise(number);
    _exit(0);
  }
  close(said[1]);
  char byte = 0;
  Ended ended;
  ended.painted = read(said[0], &byte, 1) == 1;
  close(said[0]);
  int status = 0;
  waitpid(process, &status, 0);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return ended;
}

}  // namespace

TEST_CASE("between two pictures the second Ctrl+C waits for the screen to be whole, the third does not") {
  if constexpr (!muster::state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  CHECK(ended_by({SIGINT}) == Ended{true, 0});
  CHECK(ended_by({SIGINT, SIGINT}) == Ended{true, 130});
  CHECK(ended_by({SIGINT}, {SIGINT}) == Ended{true, 130});
  CHECK(ended_by({SIGINT, SIGINT, SIGINT}) == Ended{false, 130});
  CHECK(ended_by({SIGINT, SIGTERM, SIGHUP}) == Ended{false, 130});
}

TEST_CASE("a terminal that takes nothing keeps no process that is to end") {
  if constexpr (!muster::state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  int held[2];
  REQUIRE(pipe2(held, O_NONBLOCK) == 0);
  const std::string much(4096, 'x');
  while (write(held[1], much.data(), much.size()) > 0) continue;
  fcntl(held[1], F_SETFL, 0);
  const pid_t process = fork();
  REQUIRE(process >= 0);
  if (process == 0) {
    dup2(held[1], STDERR_FILENO);
    muster::cli::Signals signals;
    signals.set_drawn_lines(12);
    raise(SIGINT);
    raise(SIGTERM);
    _exit(0);
  }
  int status = 0;
  waitpid(process, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
  close(held[0]);
  close(held[1]);
}

TEST_CASE("a question that waits comes back when somebody asks to stop") {
  if constexpr (!muster::state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  int nothing[2];
  REQUIRE(pipe(nothing) == 0);
  const pid_t process = fork();
  REQUIRE(process >= 0);
  if (process == 0) {
    dup2(nothing[0], STDIN_FILENO);
    muster::cli::Signals signals;
    raise(SIGINT);
    _exit(signals.await_input() ? 1 : 7);
  }
  int status = 0;
  waitpid(process, &status, 0);
  CHECK(WEXITSTATUS(status) == 7);
  close(nothing[0]);
  close(nothing[1]);
}
