#include "reconciler/cli/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>

#include "manifests/scalars.h"
#include "resources/contract/error.h"

namespace muster::cli {

std::int64_t number_from(const std::string& text, const std::string& what, Range range) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && number >= range.least && number <= range.most) return number;
  if (range.most == Range{}.most)
    throw Error(Fault::usage, fmt::format("{} takes a whole number from {} up, not '{}'", what, range.least, text));
  throw Error(Fault::usage,
              fmt::format("{} takes a whole number from {} to {}, not '{}'", what, range.least, range.most, text));
}

double fraction_from(const std::string& text, const std::string& what) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error == std::errc{} && end == text.data() + text.size() && number >= 0) return number;
  throw Error(Fault::usage, fmt::format("{} takes a number such as 0.5 or 20, not '{}'", what, text));
}

std::chrono::milliseconds duration_from(const std::string& text, const std::string& what) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string unit = text.substr(digits);
  std::int64_t factor = 0;
  if (unit == "ms") factor = 1;
  const bool is_zero = digits > 0 && text.find_first_not_of('0') == std::string::npos;
  if (is_zero || unit == "s") factor = 1000;
  if (unit == "m" || unit == "min") factor = 60'000;
  if (unit == "h") factor = 3'600'000;
  if (digits == 0 || digits > 9 || factor == 0)
    throw Error(Fault::usage, fmt::format("{} takes a time such as 90s, 5m or 2h, not '{}'", what, text));
  return std::chrono::milliseconds(number_from(text.substr(0, digits), what) * factor);
}

namespace {

/// The whole text in one of the forms, as UTC where it tells no offset.
std::optional<Time> date_from(const std::string& text) {
  if (const auto stamp = manifests::parse_timestamp(text)) return Time(std::chrono::seconds(*stamp));
  for (const char* form :
       {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    const int day = parts.tm_mday;
    const std::time_t seconds = timegm(&parts);
    if (parts.tm_mday != day) return std::nullopt;  // 31 February
    return Time(std::chrono::seconds(seconds));
  }
  return std::nullopt;
}

constexpr const char* dates = "a date such as 2026-11-20, 2026-11-20T10:00 (UTC) or 2026-11-20T10:00+01:00";

/// duration_from, with days.
std::chrono::milliseconds span_from(const std::string& text, const std::string& what) {
  const bool is_whole = !text.empty() && text.find_first_not_of("0123456789") == text.size() - 1;
  if (!is_whole || text.back() != 'd') return duration_from(text, what);
  return std::chrono::hours(24 * number_from(text.substr(0, text.size() - 1), what, {0, 36'500}));
}

}  // namespace

Time moment_from(const std::string& text, const std::string& what, Time now) {
  if (const auto date = date_from(text)) return *date;
  try {
    return now - span_from(text, what);
  } catch (const Error&) {
    throw Error(Fault::usage, fmt::format("{} takes an age such as 90m, 2h or 3d, or {}, not '{}'", what, dates, text));
  }
}

Time coming_moment_from(const std::string& text, const std::string& what, Time now) {
  if (const auto date = date_from(text)) return *date;
  try {
    return now + span_from(text, what);
  } catch (const Error&) {
    throw Error(Fault::usage, fmt::format("{} takes {}, or how long it is until then such as 90m, 2h or 3d, not '{}'",
                                          what, dates, text));
  }
}

bool yes_no_from(const std::string& text, const std::string& what) {
  if (text == "yes" || text == "no") return text == "yes";
  throw Error(Fault::usage, fmt::format("{} takes yes or no, not '{}'", what, text));
}

}  // namespace muster::cli
