#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/http_message.h"
#include "sandbox/zone.h"

namespace muster::sandbox {

/// The JSON object in a request's body; an empty body is an empty object. Throws OvhRefusal when it is anything else or
/// has a member that is neither in `known` nor in `read_only`, and when it has one of the latter.
nlohmann::json ovh_body(const Request& request, std::initializer_list<std::string_view> known,
                        std::initializer_list<std::string_view> read_only = {});

/// A member of a body; null counts as absent. Throws OvhRefusal when it has another type.
std::optional<std::string> string_member(const nlohmann::json& body, const char* name);
std::optional<std::int64_t> integer_member(const nlohmann::json& body, const char* name);

/// The {id} of a path. Throws OvhRefusal when it is no integer.
std::int64_t path_id(const std::string& text);

nlohmann::json record_to_json(const DnsRecord& record, const std::string& zone);
nlohmann::json soa_to_json(const ZoneSoa& soa);
nlohmann::json task_to_json(const ZoneTask& task);
/// 2026-11-21T05:02:58+00:00
std::string ovh_time(ZoneTime time);

}  // namespace muster::sandbox
