#pragma once

// A short digest that tells values apart quickly, for caches. Not for stamps: those are frozen
// (reconciler/plan/digests.h).

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "resources/contract/value.h"

namespace muster {

/// 128 bits of SHA-256. It may change with a version of muster: what was remembered under another one fits nothing.
struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Fingerprint&) const = default;
};

/// Not thread-safe. Texts that many values share (a script in the user data of each host) are read once.
class Fingerprinter {
 public:
  /// Of all that was added since the last call; begins anew.
  Fingerprint take();

  /// Equal values add equally; holes by what they stand for, secrets by their digest where they have one.
  void add(const Value& value);
  /// Two texts added one after the other are not the same as their concatenation.
  void add_text(std::string_view text);

 private:
  void add_hole(const Value& value);
  void add_size(std::size_t size);

  std::string bytes_;
  /// Holes seen before; the value keeps its hole alive, so that no other takes its address.
  std::unordered_map<const Hole*, std::pair<Value, Fingerprint>> shared_;
};

}  // namespace muster
