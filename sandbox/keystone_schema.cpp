#include "sandbox/keystone_schema.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

std::string no_text(const std::string& path, const json& value) {
  return fmt::format("Invalid input for field '{}': {} is not of type 'string'", path, python_repr(value));
}

std::optional<std::string> problem_below(const json& object, const std::string& path) {
  const bool of_user = path.ends_with("user/");
  for (const auto& [name, value] : object.items()) {
    const bool is_text = name == "id" || name == "name" || name == "secret" || (name == "password" && of_user);
    if (is_text && !value.is_string()) return no_text(path + name, value);
    if (!value.is_object()) continue;
    if (auto problem = problem_below(value, path + name + "/")) return problem;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> problem_of_login(const json& auth) { return problem_below(auth, ""); }

std::optional<std::string> problem_of_credential(const json& given) {
  if (!given.contains("name")) return "'name' is a required property";
  for (const char* name : {"name", "description", "secret"}) {
    // Newer clients send null for all that is not set; only the name has to be.
    const bool may_be_null = std::string_view(name) != "name";
    if (!given.contains(name) || given[name].is_string() || (may_be_null && given[name].is_null())) continue;
    return no_text(name, given[name]);
  }
  if (given["name"] == "") return "Invalid input for field 'name': '' is too short";
  return std::nullopt;
}

}  // namespace muster::sandbox
