#include "reconciler/cli/signals.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

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
  Patient patient;
  REQUIRE(patient.hear() == 'r');
  patient.interrupt();
  CHECK(patient.hear() == 's');
  patient.interrupt();
  CHECK(patient.exit_code() == 130);
}

TEST_CASE("between two pictures the second Ctrl+C waits for the screen to be whole, the third does not") {
  const auto ended_by = [](int interrupts) {
    int said[2];
    REQUIRE(pipe(said) == 0);
    const pid_t process = fork();
    REQUIRE(process >= 0);
    if (process == 0) {
      muster::cli::Signals signals;
      signals.set_painting(true);
      for (int i = 0; i < interrupts; ++i) raise(SIGINT);
      if (write(said[1], "p", 1) != 1) _exit(99);
      signals.set_painting(false);
      _exit(0);
    }
    close(said[1]);
    char byte = 0;
    const bool painted = read(said[0], &byte, 1) == 1;
    close(said[0]);
    int status = 0;
    waitpid(process, &status, 0);
    return std::pair(painted, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
  };
  CHECK(ended_by(1) == std::pair(true, 0));
  CHECK(ended_by(2) == std::pair(true, 130));
  CHECK(ended_by(3) == std::pair(false, 130));
}
