#pragma once

// Inputs that are like others, but wrong: for the driver that has no libFuzzer.

#include <cstdint>
#include <string>
#include <vector>

namespace muster::fuzz {

/// Longer ones are cut.
inline constexpr std::size_t longest_input = 64 << 10;

/// One of `corpus`, changed in some places: bytes flipped, parts cut out, repeated or taken from another one, `words`
/// put in. The same for the same seed, on every machine. `corpus` is not empty.
std::string mutated(const std::vector<std::string>& corpus, const std::vector<std::string>& words, std::uint64_t seed);

/// Each word and each byte that readers trip over, again and again until the input is full; also behind a beginning.
std::vector<std::string> repetitions(const std::vector<std::string>& corpus, const std::vector<std::string>& words);

}  // namespace muster::fuzz
