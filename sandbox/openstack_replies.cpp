#include "sandbox/openstack_replies.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cctype>
#include <ctime>
#include <nlohmann/json.hpp>

namespace muster::sandbox {
namespace {

std::string_view nova_fault_name(int status) {
  switch (status) {
    case 400:
      return "badRequest";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "itemNotFound";
    case 405:
      return "badMethod";
    case 409:
      return "conflictingRequest";
    case 413:
      return "overLimit";
    case 503:
      return "serviceUnavailable";
    default:
      return "computeFault";
  }
}

std::string python_text(const std::string& text) {
  const bool single = text.find('\'') == std::string::npos;
  const char quote = single || text.find('"') != std::string::npos ? '\'' : '"';
  std::string quoted(1, quote);
  for (const char character : text) {
    if (character == quote || character == '\\') quoted += '\\';
    if (character == '\n') {
      quoted += "\\n";
    } else {
      quoted += character;
    }
  }
  return quoted + quote;
}

}  // namespace

Response webob_error(const Request& request, int status, std::string_view explanation) {
  const std::string title = fmt::format("{} {}", status, reason_phrase(status));
  const std::string accept = request.header("Accept");
  const auto accepts = [&](std::string_view type) { return accept.find(type) != std::string::npos; };
  if (accept.empty() || accepts("text/html") || accepts("*/*")) {
    return html_response(status, fmt::format("<html>\n <head>\n  <title>{0}</title>\n </head>\n <body>\n"
                                             "  <h1>{0}</h1>\n  {1}<br /><br />\n\n\n\n </body>\n</html>",
                                             title, explanation));
  }
  if (accepts("application/json")) {
    return json_response(status, {{"message", fmt::format("{}<br /><br />\n\n\n", explanation)},
                                  {"code", title},
                                  {"title", reason_phrase(status)}});
  }
  return {status, {{"Content-Type", "text/plain; charset=UTF-8"}}, fmt::format("{}\n\n{}\n\n   ", title, explanation)};
}

Response nova_error(int status, const std::string& message) {
  const nlohmann::json body{{nova_fault_name(status), {{"code", status}, {"message", message}}}};
  Response response = json_response(status, body);
  response.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
  return response;
}

Response neutron_error(int status, std::string_view type, const std::string& message) {
  return json_response(status, {{"NeutronError", {{"type", type}, {"message", message}, {"detail", ""}}}});
}

Response unauthorized(const std::string& keystone_url) {
  Response response = json_response(401, {{"error",
                                           {{"code", 401},
                                            {"title", "Unauthorized"},
                                            {"message", "The request you have made requires authentication."}}}});
  response.headers.emplace_back("Www-Authenticate", fmt::format("Keystone uri=\"{}/\"", keystone_url));
  return response;
}

Response front_end_429() {
  return json_response(429, {{"error", {{"status", "429 Too Many Requests"}, {"message", "Too Many Requests"}}}});
}

std::string new_request_id(Random& random) { return "req-" + random.uuid(); }

std::string python_repr(const nlohmann::json& value) {
  if (value.is_string()) return python_text(value.get<std::string>());
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (!value.is_structured()) return value.dump();
  std::string text;
  for (const auto& [key, element] : value.items()) {
    if (!text.empty()) text += ", ";
    if (value.is_object()) text += python_text(key) + ": ";
    text += python_repr(element);
  }
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

nlohmann::json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text);
}

std::optional<nlohmann::json> json_object(const std::string& body) {
  auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

std::string second_time(Time time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string microsecond_time(Time time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.000000", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::optional<Time> parse_time(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) rest = strptime(text.c_str(), "%Y-%m-%d", &parts);
  if (rest == nullptr) return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

std::string url_encoded(std::string_view text) {
  std::string encoded;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (std::isalnum(byte) != 0 || character == '-' || character == '_' || character == '.' || character == '~') {
      encoded += character;
    } else if (character == ' ') {
      encoded += '+';
    } else {
      encoded += fmt::format("%{:02X}", byte);
    }
  }
  return encoded;
}

std::string query_without(const Request& request, std::string_view dropped) {
  std::string text;
  for (const auto& [name, value] : request.query) {
    if (name != dropped) text += url_encoded(name) + "=" + url_encoded(value) + "&";
  }
  return text;
}

bool is_uuid(std::string_view text) {
  std::size_t digits = 0;
  for (const char character : text) {
    if (character == '-') continue;
    if (std::isxdigit(static_cast<unsigned char>(character)) == 0) return false;
    ++digits;
  }
  return digits == 32;
}

}  // namespace muster::sandbox
