#include "resources/openstack/json_access.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace muster::openstack {

using nlohmann::json;

std::string text_at(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_at(const json& object, const char* member, std::int64_t fallback) {
  const auto found = object.find(member);
  if (found == object.end()) return fallback;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  if (!found->is_string()) return fallback;
  const auto& text = found->get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : fallback;
}

bool flag_at(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

const json& list_at(const json& object, const char* member) {
  static const json none = json::array();
  const auto found = object.find(member);
  return found != object.end() && found->is_array() ? *found : none;
}

const json& object_at(const json& object, const char* member) {
  static const json none = json::object();
  const auto found = object.find(member);
  return found != object.end() && found->is_object() ? *found : none;
}

}  // namespace muster::openstack
