#pragma once

// Records for machines: one JSON object a line; every record says its type and version; what is absent is null.

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "resources/contract/resource.h"
#include "resources/contract/value.h"

namespace muster::cli {

/// Keys stay in the order they were written in.
using Json = nlohmann::ordered_json;

/// Raised when a key changes its meaning or goes away; new keys may appear without it.
inline constexpr int record_version = 1;

Json record(std::string_view type);
/// With the newline; bytes that are no UTF-8 are replaced.
std::string line(const Json& json);

/// null for an empty text or the zero time.
Json text_or_null(std::string_view text);
Json time_or_null(Time time);
/// For reading only: secrets cut, refs as text.
Json json_of(const Value& value);
Json json_of(const Origin& origin);

}  // namespace muster::cli
