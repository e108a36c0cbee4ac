#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace muster::ipd_driver {

/// The text at `name`; empty when there is none, or something else.
inline std::string text_at(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace muster::ipd_driver
