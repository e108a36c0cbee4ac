#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::sandbox {

struct Request {
  std::string method;
  std::string path;    ///< decoded, without the query
  std::string target;  ///< as sent: path?query, still encoded
  std::multimap<std::string, std::string> query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::map<std::string, std::string> params;  ///< what the {names} of the route matched
  std::string effect;                         ///< from the fault script, empty when none

  /// Empty when absent; header names are compared without case.
  std::string header(std::string_view name) const;
  std::optional<std::string> query_value(const std::string& name) const;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  bool has_header(std::string_view name) const;
};

/// What to do with the connection after one call was handled.
struct Outcome {
  Response response;
  bool answer = true;                          ///< false: not a byte is sent and the connection is closed
  bool reset = false;                          ///< with answer == false: RST
  std::size_t body_bytes = std::string::npos;  ///< fewer than the body has: sent so far, then closed
};

using Handler = std::function<Response(const Request&)>;

/// `target` is path?query as sent: what it says is decoded.
Request request_to(std::string method, std::string target);

Response json_response(int status, const nlohmann::json& body);
Response html_response(int status, std::string body);
/// The reason phrase of a status, such as "Not Found".
std::string_view reason_phrase(int status);
/// True for texts that differ at most in the case of their letters.
bool same_header(std::string_view left, std::string_view right);

}  // namespace muster::sandbox
