#pragma once

// The real clock, randomness and environment of a process.

#include <optional>
#include <string>

#include "resources/contract/context.h"

namespace muster::cli {

class SystemClock : public Clock {
 public:
  Time now() const override;
  std::chrono::steady_clock::time_point steady_now() const override;
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override;
};

/// From the kernel: incarnations of two machines must not meet.
class SystemRandom : public Random {
 public:
  /// Throws Error(permanent) when the kernel gives none.
  std::uint64_t bits() override;
};

class ProcessEnvironment : public Environment {
 public:
  std::optional<std::string> get(std::string_view name) const override;
  bool is_empty(std::string_view name) const override;
};

/// user@host, for the history and the lock.
std::string user_at_host();

}  // namespace muster::cli
