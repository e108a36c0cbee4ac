// muster: wires the process to the commands.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <iostream>
#include <memory>

#include "reconciler/cli/run.h"
#include "reconciler/cli/signals.h"
#include "reconciler/cli/system.h"
#include "resources/builtin.h"

namespace {

int screen(unsigned short winsize::*side, int fallback) {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known && size.*side > 0 ? size.*side : fallback;
}

muster::cli::Terminal terminal() {
  muster::cli::Terminal result;
  result.input = isatty(STDIN_FILENO) == 1;
  result.output = isatty(STDOUT_FILENO) == 1;
  result.error = isatty(STDERR_FILENO) == 1;
  result.width = [] { return screen(&winsize::ws_col, 80); };
  result.height = [] { return screen(&winsize::ws_row, 24); };
  return result;
}

/// Whoever closed one of the three gets an error for each write to it, and not our text in the next file we open.
void fill_closed_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    // Open takes the lowest number that is free, and the lower ones are taken by now.
    if (fcntl(descriptor, F_GETFD) == -1) [[maybe_unused]]
      const int filled = open("/dev/null", O_RDONLY);
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  fill_closed_descriptors();
  try {
    const auto signals = std::make_shared<muster::cli::Signals>();
    const muster::Registry registry = muster::builtin_registry();
    const muster::cli::ProcessEnvironment environment;
    muster::cli::SystemClock clock;
    muster::cli::SystemRandom random;
    muster::cli::Shell shell{std::cin,   std::cout,       std::cerr,
                             terminal(), environment,     clock,
                             random,     signals->stop(), muster::cli::user_at_host(),
                             signals};
    return muster::cli::run_command_line({argv + 1, argv + argc}, registry, shell);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
