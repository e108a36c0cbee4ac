#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/http_message.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// Errors as the Python framework under nova and glance writes them: HTML, unless the client asked for JSON or text.
Response webob_error(const Request& request, int status, std::string_view explanation);
/// {"badRequest": {"code": 400, "message": ...}}; the name follows from the status.
Response nova_error(int status, const std::string& message);
/// {"NeutronError": {"type", "message", "detail"}}
Response neutron_error(int status, std::string_view type, const std::string& message);
/// 401 of the token filter before nova and neutron.
Response unauthorized(const std::string& keystone_url);
/// What OVH's front end answers when a project calls too often.
Response front_end_429();

std::string new_request_id(Random& random);  ///< req-<uuid>
/// A value as Python prints it, quotes and all: error texts quote what was sent in this form.
std::string python_repr(const nlohmann::json& value);
/// What an API leaves empty is null in its answers.
nlohmann::json text_or_null(const std::string& text);
/// The body as JSON, nullopt when it is none or no object.
std::optional<nlohmann::json> json_object(const std::string& body);

std::string second_time(Time time);       ///< 2026-11-21T05:02:58Z
std::string microsecond_time(Time time);  ///< 2026-11-21T05:02:58.000000, whole seconds, no zone: launched_at
std::optional<Time> parse_time(const std::string& text);

/// The query again, encoded, without the names in `dropped`, each followed by "&": for links to the next page.
std::string query_without(const Request& request, std::string_view dropped);
std::string url_encoded(std::string_view text);
bool is_uuid(std::string_view text);

}  // namespace muster::sandbox
