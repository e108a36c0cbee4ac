#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <ctime>

#include "resources/net/http.h"
#include "resources/net/http_date.h"

namespace muster::net {
namespace {

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

bool unreserved(unsigned char character) {
  return std::isalnum(character) != 0 || character == '-' || character == '.' || character == '_' || character == '~';
}

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::remove:
      return "DELETE";
  }
  return "GET";
}

std::string_view HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return {};
}

std::optional<std::chrono::milliseconds> HttpAnswer::retry_after() const {
  const std::string_view text = header("Retry-After");
  if (text.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size()) {
    // A day is longer than any run waits; the bound keeps the multiplication to milliseconds safe.
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 86'400));
  }
  const auto when = http_date(text);
  if (!when) return std::nullopt;
  // The server's own Date, because its clock and ours may differ by more than the wait.
  const auto now = http_date(header("Date")).value_or(std::time(nullptr));
  return std::chrono::seconds(std::clamp<std::int64_t>(*when - now, 0, 86'400));
}

Fault fault_without_answer(bool idempotent, Progress progress) {
  return !idempotent && progress == Progress::sent ? Fault::unclear : Fault::transient;
}

Fault fault_of_status(bool idempotent, int status) {
  switch (status) {
    case 400:
    case 413:
    case 414:
    case 415:
    case 422:
    case 431:
      return Fault::invalid;
    case 401:
    case 403:
    case 407:
      return Fault::denied;
    case 409:
    case 412:
      return Fault::conflict;
    case 425:
    case 429:
      return Fault::transient;
    default:
      break;
  }
  if (status == 408 || status >= 500) return fault_without_answer(idempotent, Progress::sent);
  return Fault::permanent;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const unsigned char character : text) {
    if (unreserved(character)) {
      encoded += static_cast<char>(character);
    } else {
      encoded += fmt::format("%{:02X}", character);
    }
  }
  return encoded;
}

}  // namespace muster::net
