#pragma once

// Texts that stand for numbers, durations and times. Strict: what could be meant in two ways is nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::manifests {

/// Decimal digits with an optional minus; no leading zeros, no plus, within 64 bits.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// "90s", "15m", "2h", "3d" in seconds.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// The shortest text that parse_duration reads as `seconds`.
std::string format_duration(std::int64_t seconds);

/// "2026-05-04T18:00:00Z", "2026-05-04T18:00+02:00" in Unix seconds; the offset is required, fractions are refused.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

}  // namespace muster::manifests
