#include "manifests/scalars.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

namespace muster::manifests {
namespace {

constexpr std::array units{std::pair{'d', std::int64_t{86400}}, std::pair{'h', std::int64_t{3600}},
                           std::pair{'m', std::int64_t{60}}, std::pair{'s', std::int64_t{1}}};

/// Takes `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count || text.substr(0, count).find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  int value = 0;
  std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// "18:00" or, when `seconds_too`, also "18:00:30".
std::optional<std::int64_t> take_time(std::string_view& text, bool seconds_too) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  std::int64_t total = std::int64_t{*hour} * 3600 + std::int64_t{*minute} * 60;
  if (seconds_too && take(text, ":")) {
    const auto second = take_digits(text, 2);
    if (!second || *second > 59) return std::nullopt;
    total += *second;
  }
  return total;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::int64_t{std::chrono::sys_days{date}.time_since_epoch().count()} * 86400;
}

/// East of Greenwich, in seconds.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return 0;
  const bool is_west = text.starts_with('-');
  if (!take(text, "+-")) return std::nullopt;
  const auto offset = take_time(text, false);
  if (!offset) return std::nullopt;
  return is_west ? -*offset : *offset;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0') || text == "-0") return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto number = parse_integer(text.substr(0, text.size() - 1));
  if (!number || *number < 0) return std::nullopt;
  for (const auto& [letter, seconds] : units) {
    if (letter != text.back()) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / seconds) return std::nullopt;
    return *number * seconds;
  }
  return std::nullopt;
}

std::string format_duration(std::int64_t seconds) {
  for (const auto& [letter, unit] : units) {
    if (seconds != 0 && seconds % unit == 0) return fmt::format("{}{}", seconds / unit, letter);
  }
  return "0s";
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  const auto day = take_date(text);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  const auto time = take_time(text, true);
  if (!time) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return *day + *time - *offset;
}

}  // namespace muster::manifests
