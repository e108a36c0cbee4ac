#pragma once

// What a command gets from the process around it, so that tests can run commands without one.

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <stop_token>
#include <string>

#include "resources/contract/context.h"

namespace muster::cli {

/// How the second Ctrl+C and signals to a child are handled; the process's own is in signals.h, tests have none.
class SignalControl {
 public:
  virtual ~SignalControl() = default;
  /// While true a second Ctrl+C does not end the process: a child decides when it is over.
  virtual void set_patient(bool patient) = 0;
  /// The signal that asked to stop and has to be passed on to a child; 0 when there is none, or when the terminal has
  /// sent it to the child as well.
  virtual int to_forward() const = 0;
  /// So many lines above the cursor are redrawn in place: what ends the process at once takes them off the screen.
  virtual void set_drawn_lines(std::size_t lines) = 0;
  /// While true the screen is between two pictures, and what would end the process at once waits until it is not; a
  /// third Ctrl+C does not, since a terminal may be held (Ctrl+S). Does not return when the process is ending.
  virtual void set_painting(bool painting) = 0;
  /// Blocks until stdin has a line, or its end, or somebody asked to stop: then false.
  virtual bool await_input() = 0;
};

struct Terminal {
  bool input = false;   ///< stdin is one: questions can be asked
  bool output = false;  ///< stdout is one
  bool error = false;   ///< stderr is one: progress can be drawn in place
  /// Columns and lines now; a window may be resized while a command runs.
  std::function<int()> width = [] { return 80; };
  std::function<int()> height = [] { return 24; };
};

/// All must outlive the command that is run with it.
struct Shell {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Terminal terminal;
  const Environment& environment;
  Clock& clock;
  Random& random;
  std::stop_token stop;
  std::string who;                         ///< user@host, for the history
  std::shared_ptr<SignalControl> signals;  ///< may be null
  std::string machine{};                   ///< of the run lock: empty is this one; tests play several
};

}  // namespace muster::cli
