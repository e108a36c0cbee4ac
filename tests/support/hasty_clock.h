#pragma once

// A clock that cloud and muster share and that runs fast, so that no test waits for the pauses between two polls.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "resources/contract/context.h"

namespace muster::test {

/// Seconds of theirs in one of ours, where a test says nothing else.
constexpr int haste = 20;

/// Equal for all that ask with the same haste.
inline std::chrono::system_clock::time_point hasty_now(int times) {
  static const auto began = std::chrono::system_clock::now();
  static const auto steady_began = std::chrono::steady_clock::now();
  return began + times * (std::chrono::steady_clock::now() - steady_began);
}
inline std::chrono::system_clock::time_point hasty_now() { return hasty_now(haste); }

class HastyClock : public Clock {
 public:
  explicit HastyClock(int times = haste) : times_(times) {}

  Time now() const override { return std::chrono::time_point_cast<std::chrono::milliseconds>(hasty_now(times_)); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point(hasty_now(times_).time_since_epoch());
  }
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, stop, duration / times_, [] { return false; });
    return !stop.stop_requested();
  }
  std::chrono::milliseconds in_machine_time(std::chrono::milliseconds duration) const override {
    return (duration + std::chrono::milliseconds(times_ - 1)) / times_;
  }

 private:
  int times_;
};

}  // namespace muster::test
