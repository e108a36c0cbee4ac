#pragma once

// Inputs tried in a process of their own, with a bound on time and memory, so that a crash is a result.

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace muster::fuzz {

struct Bounds {
  std::chrono::seconds time{2};     ///< of the processor, for one input
  std::size_t memory = 512u << 20;  ///< bytes, for all; not under sanitizers, which take whole terabytes of addresses
};

struct Trial {
  std::size_t inputs = 0;  ///< that were tried, the failing one included
  /// Nothing when all went well: "ended by signal 11 (Segmentation fault)", an exception's words.
  std::string failure{};
  std::string input{};  ///< the one that failed
};

/// Runs `target` with what `next` gives, until that gives nothing or an input fails. `next` is called in the other
/// process.
Trial try_inputs(void (*target)(std::string_view), const std::function<std::optional<std::string>()>& next,
                 const Bounds& bounds = {});

}  // namespace muster::fuzz
