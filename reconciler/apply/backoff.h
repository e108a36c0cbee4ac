#pragma once

// Waiting times that grow, and the jitter that keeps many waiters apart.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace muster::apply {

/// Deterministic for a seed.
class Jitter {
 public:
  explicit Jitter(std::uint64_t seed) : engine_(seed) {}
  /// Between three quarters and five quarters of `delay`.
  std::chrono::milliseconds spread(std::chrono::milliseconds delay) {
    const std::int64_t half = delay.count() / 2;
    if (half == 0) return delay;
    const auto part = static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(half + 1));
    return std::chrono::milliseconds(delay.count() - half / 2 + part);
  }

 private:
  std::mt19937_64 engine_;
};

/// A gap that grows by half each time, up to `longest`.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest) : gap_(first), longest_(longest) {}
  std::chrono::milliseconds next() {
    const std::chrono::milliseconds gap = gap_;
    gap_ = std::min(longest_, gap_ + gap_ / 2);
    return gap;
  }

 private:
  std::chrono::milliseconds gap_;
  std::chrono::milliseconds longest_;
};

/// Before attempt `attempts` + 1: 1, 2, 4 ... 30 s, jittered.
inline std::chrono::milliseconds retry_delay(int attempts, Jitter& jitter) {
  const int doublings = std::clamp(attempts - 1, 0, 5);
  return jitter.spread(std::min(std::chrono::milliseconds(1000) * (1 << doublings), std::chrono::milliseconds(30'000)));
}

}  // namespace muster::apply
