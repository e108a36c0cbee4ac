#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace muster::net {

/// Unix seconds of a date as HTTP writes it (RFC 9110 section 5.6.7); nothing when `text` is none.
std::optional<std::int64_t> http_date(std::string_view text);

}  // namespace muster::net
