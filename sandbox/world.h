#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>

#include "sandbox/fault_script.h"
#include "sandbox/ledger.h"

namespace muster::sandbox {

/// Seeded randomness for ids and the like: one seed, one world. Safe from any thread.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  std::uint64_t below(std::uint64_t bound);  ///< 0 .. bound-1; bound > 0
  std::string hex(std::size_t digits);
  std::string uuid();  ///< xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

/// What all simulated services share. Outlives every service that refers to it.
struct World {
  /// An empty clock means the system's.
  /// `has_network`: see SandboxOptions.
  World(Clock clock, std::uint64_t seed, std::chrono::milliseconds latency_of_every_call, bool has_network = true);

  const Clock clock;
  Random random;
  Ledger ledger;
  FaultScript faults;
  const std::chrono::milliseconds latency;
  const bool has_network;
};

}  // namespace muster::sandbox
