#pragma once

// Small pieces of text for people: counts, ages, columns, names of things.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/resource.h"
#include "resources/contract/resource_id.h"
#include "resources/contract/value.h"

namespace muster::cli {

/// "1 server", "5 servers", "2 checks", "3 addresses".
std::string counted(std::size_t number, std::string_view noun);
/// What people call one thing of a kind: "server", "record", "check".
std::string noun_of(std::string_view kind);
/// The name within its group: "abcde" for openstack.server:my-event/abcde, "A abcde.my-event" for a record.
std::string short_name(const ResourceId& id);

/// "4 s", "1 min 04 s", "2 h 05 min", "3 d 2 h".
std::string duration_text(std::chrono::milliseconds duration);
/// 2025-01-31 10:00 UTC
std::string minute_text(Time time);
/// 10:00:00 UTC
std::string clock_text(Time time);
/// 2025-01-31T10:00:00Z
std::string iso_text(Time time);

/// Columns on a screen, as the console will print it: wide characters count twice, accents and colours not at all.
std::size_t display_width(std::string_view text);
/// The text, or its beginning and "..." when it is wider; never cut inside a character. Colours are kept and closed.
std::string clip(std::string_view text, std::size_t width);
/// Columns of a message; what a server says beyond that tells a person nothing.
inline constexpr std::size_t widest_message = 2000;
/// How many of `items` fit into `width` with "and 7 more" behind them; at least one, if there is one.
std::size_t fitting(const std::vector<std::string>& items, std::size_t width);
/// As many of `items` as fit into `width`, then "and 7 more".
std::string some_of(const std::vector<std::string>& items, std::size_t width);

/// Breaks at blanks, and keeps line breaks; every line but the first starts with `indent` blanks. A number stays with
/// what it counts: "3 d", "nova 8,"; an arrow with what it points to. The caller has written `indent` columns of the
/// first line.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);
/// `head`, and after it the text, which goes on at column `indent` where it finds no room.
std::string wrap_after(std::string head, std::string_view text, std::size_t width, std::size_t indent);
/// Columns of the widest part that wrap breaks only when it must.
std::size_t widest_part(std::string_view text);

/// For what was not wrapped: every line that is wider than `width` broken as by wrap and continued a little to the
/// right of where it began, or below the text behind "hint:" and the like. What has no blank stays whole: ids and
/// addresses can be copied.
std::string fitted(std::string_view text, std::size_t width);

/// With a capital at the beginning.
std::string capitalised(std::string text);
/// Every line but the first starts with `indent` blanks.
std::string hanging(std::string_view text, std::size_t indent);

/// A value for people: secrets as [secret], values known later as <kind:name attribute>.
std::string value_text(const Value& value);
/// The same for one line of a difference: of a SHA-256 the first twelve digits.
std::string brief_value_text(const Value& value);

/// With blanks instead of line breaks and tabs: what others put into their names does not break a row.
std::string on_one_line(std::string text);

}  // namespace muster::cli
