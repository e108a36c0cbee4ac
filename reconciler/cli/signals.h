#pragma once

// Ctrl+C: the first asks to stop, the second ends the process at once and says so. Nothing is lost either way.

#include <stop_token>
#include <thread>

#include "reconciler/cli/shell.h"

namespace muster::cli {

/// Handles SIGINT, SIGTERM and SIGHUP while it lives. One at a time in a process.
class Signals : public SignalControl {
 public:
  /// Throws std::system_error.
  Signals();
  ~Signals() override;
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token stop() const { return stop_.get_token(); }
  void set_patient(bool patient) override;
  int to_forward() const override;
  void set_drawn_lines(std::size_t lines) override;
  void set_painting(bool painting) override;
  bool await_input() override;

 private:
  void wait_for_signal();

  std::stop_source stop_;
  int pipe_[2] = {-1, -1};
  int stopped_ = -1;  ///< readable once stop was asked for
  std::thread waiter_;
};

}  // namespace muster::cli
