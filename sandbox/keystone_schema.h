#pragma once

// What Keystone's JSON schemas refuse before anybody is looked up.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace muster::sandbox {

/// What is wrong with the texts of the member "auth" of a login: the first line of Keystone's own words.
std::optional<std::string> problem_of_login(const nlohmann::json& auth);
/// The same of the member "application_credential" of a request to create one.
std::optional<std::string> problem_of_credential(const nlohmann::json& given);

}  // namespace muster::sandbox
