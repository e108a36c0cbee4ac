#include "sandbox/http_message.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace muster::sandbox {

namespace {

/// Percent-encoding undone; in a query a plus is a blank.
std::string decoded(std::string_view text, bool is_query) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      result += static_cast<char>(value);
      at += 2;
    } else {
      result += is_query && text[at] == '+' ? ' ' : text[at];
    }
  }
  return result;
}

}  // namespace

bool same_header(std::string_view left, std::string_view right) {
  return left.size() == right.size() && strncasecmp(left.data(), right.data(), left.size()) == 0;
}

std::string Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_header(key, name)) return value;
  }
  return {};
}

std::optional<std::string> Request::query_value(const std::string& name) const {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

bool Response::has_header(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return same_header(header.first, name); });
}

Request request_to(std::string method, std::string target) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  const std::size_t path_end = std::min(request.target.find('?'), request.target.size());
  request.path = decoded(std::string_view(request.target).substr(0, path_end), false);
  std::string_view query = std::string_view(request.target).substr(path_end);
  while (query.size() > 1) {
    query.remove_prefix(1);
    const std::string_view pair = query.substr(0, query.find('&'));
    const std::size_t name_end = std::min(pair.find('='), pair.size());
    if (!pair.empty()) {
      request.query.emplace(decoded(pair.substr(0, name_end), true),
                            decoded(pair.substr(std::min(name_end + 1, pair.size())), true));
    }
    query.remove_prefix(pair.size());
  }
  return request;
}

Response json_response(int status, const nlohmann::json& body) {
  // A client may have sent bytes that are no UTF-8; an answer that quotes them must not fail for that.
  return {status,
          {{"Content-Type", "application/json"}},
          body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

Response html_response(int status, std::string body) {
  return {status, {{"Content-Type", "text/html; charset=UTF-8"}}, std::move(body)};
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 409:
      return "Conflict";
    case 413:
      return "Request Entity Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

}  // namespace muster::sandbox
