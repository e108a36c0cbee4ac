#pragma once

#include <atomic>
#include <chrono>

#include "tests/cli/party.h"
#include "tests/support/hasty_clock.h"

namespace muster::test {

/// The clock of cloud and commands, which can be set ahead.
class PassingHours : public HastyClock {
 public:
  Time now() const override { return HastyClock::now() + ahead(); }
  std::chrono::steady_clock::time_point steady_now() const override { return HastyClock::steady_now() + ahead(); }
  void let_minutes_pass(int minutes) { minutes_ += minutes; }
  sandbox::SandboxOptions cloud() {
    sandbox::SandboxOptions options = Party::quick_cloud();
    options.clock = [this] { return hasty_now() + ahead(); };
    return options;
  }

 private:
  std::chrono::minutes ahead() const { return std::chrono::minutes(minutes_); }

  std::atomic<int> minutes_{0};
};

}  // namespace muster::test
