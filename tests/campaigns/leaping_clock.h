#pragma once

// The hasty clock, which also leaps over the time that is only waited for. Children of this process leap with it.

#include <chrono>
#include <functional>
#include <stop_token>
#include <utility>

#include "tests/campaigns/shared_number.h"
#include "tests/support/hasty_clock.h"

namespace muster::test {

class LeapingClock : public Clock {
 public:
  /// Until this says so, nothing leaps; empty: nothing holds it. Between runs only: any thread of a run calls it.
  void hold_until(std::function<bool()> released) { released_ = std::move(released); }
  /// False while it is held.
  bool leap(std::chrono::milliseconds distance) {
    if (released_ && !released_()) return false;
    *leapt_ += distance.count();
    return true;
  }

  Time now() const override { return hasty_.now() + std::chrono::milliseconds(*leapt_); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return hasty_.steady_now() + std::chrono::milliseconds(*leapt_);
  }
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    if (!leap(duration)) return hasty_.sleep(duration, std::move(stop));
    return !stop.stop_requested();
  }
  std::chrono::milliseconds in_machine_time(std::chrono::milliseconds duration) const override {
    return hasty_.in_machine_time(duration);
  }

 private:
  HastyClock hasty_;
  SharedNumber leapt_;  ///< milliseconds
  std::function<bool()> released_;
};

}  // namespace muster::test
