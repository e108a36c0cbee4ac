#pragma once

// The JSON of an answer.

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace muster::net {

/// Discarded (is_discarded()) when `body` is no JSON text, or one that nests deeper than any API's.
nlohmann::json json_body(std::string_view body);

}  // namespace muster::net
