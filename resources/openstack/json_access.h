#pragma once

// Members of an answer as services really send them: what is absent, null or of another type was not told.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace muster::openstack {

/// `object` may be anything: what is no object has no members.
std::string text_at(const nlohmann::json& object, const char* member);
/// A number, or a text that is one: Neutron has written both.
std::int64_t number_at(const nlohmann::json& object, const char* member, std::int64_t fallback = 0);
/// True only where that is said.
bool flag_at(const nlohmann::json& object, const char* member);
/// The member, or an empty list or object that lives as long as the program.
const nlohmann::json& list_at(const nlohmann::json& object, const char* member);
const nlohmann::json& object_at(const nlohmann::json& object, const char* member);

}  // namespace muster::openstack
