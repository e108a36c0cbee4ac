#include "resources/net/json_body.h"

#include <nlohmann/json.hpp>

#include "resources/contract/json_depth.h"

namespace muster::net {

nlohmann::json json_body(std::string_view body) {
  if (json_depth(body) > deepest_json) return nlohmann::json(nlohmann::json::value_t::discarded);
  return nlohmann::json::parse(body, nullptr, false);
}

}  // namespace muster::net
