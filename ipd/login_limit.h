#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace muster::ipd {

/// So many wrong tokens an address may send in a minute; then it waits. Thread-safe.
class LoginLimit {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LoginLimit(int attempts = 20) : attempts_(attempts) {}

  /// Zero when the address may try.
  std::chrono::seconds wait(const std::string& address, Clock::time_point now);
  void failed(const std::string& address, Clock::time_point now);

 private:
  struct Window {
    Clock::time_point began{};
    int failures = 0;
  };
  void forget_old(Clock::time_point now);

  const int attempts_;
  std::mutex mutex_;
  std::map<std::string, Window> windows_;
};

}  // namespace muster::ipd
