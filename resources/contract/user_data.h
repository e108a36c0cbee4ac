#pragma once

// How much user data a machine may be given: one rule for who writes it and for who sends it.

#include <cstddef>

#include "resources/contract/value.h"

namespace muster {

/// Nova's limit on user data, in characters of base64.
inline constexpr std::size_t most_encoded_user_data = 65'535;

/// The characters of base64 that `bytes` bytes take.
constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// The same limit in bytes before encoding.
inline constexpr std::size_t most_user_data = most_encoded_user_data / 4 * 3;
static_assert(base64_size(most_user_data) <= most_encoded_user_data);
static_assert(base64_size(most_user_data + 1) > most_encoded_user_data);

/// The fewest bytes `value` can have once its holes are filled and its documents are written: what is known of it,
/// without any syntax. For a check before anything is known; what is over the limit then cannot be sent.
std::size_t least_size(const Value& value);

}  // namespace muster
