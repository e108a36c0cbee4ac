#include "reconciler/cli/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "reconciler/apply/fill.h"
#include "reconciler/cli/printable.h"

namespace muster::cli {
namespace {

std::tm utc(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

std::string formatted(Time time, const char* format) {
  const std::tm parts = utc(time);
  char buffer[40];
  return {buffer, std::strftime(buffer, sizeof buffer, format, &parts)};
}

std::size_t word_end(std::string_view text, std::size_t begin = 0) {
  return std::min(text.find_first_of(" \n", begin), text.size());
}

bool are_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "3", "10:00", "2025-01-31"
bool is_number(std::string_view word) {
  return !word.empty() && are_digits(word.substr(0, 1)) && are_digits(word.substr(word.size() - 1)) &&
         word.find_first_not_of("0123456789.:/-") == std::string_view::npos;
}

/// "8," or "4)": the end of a pair whose name stands before it.
bool is_last_number(std::string_view word) {
  const std::size_t end = word.find_last_not_of(",;:.)");
  return end != std::string_view::npos && end + 1 < word.size() && are_digits(word.substr(0, end + 1));
}

/// Where the words end that stay together at the beginning of `text`; after more than `enough` bytes at any word.
std::size_t part_end(std::string_view text, std::size_t enough) {
  std::size_t begin = 0;
  std::size_t end = word_end(text);
  while (end <= enough && end + 1 < text.size() && text[end] == ' ') {
    const std::size_t next = word_end(text, end + 1);
    const std::string_view word = text.substr(begin, end - begin);
    const bool stay = is_number(word) || word == "->" || is_last_number(text.substr(end + 1, next - end - 1));
    if (next == end + 1 || !stay) break;
    begin = end + 1;
    end = next;
  }
  return end;
}

/// The first line begins at `column`.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent, std::size_t column) {
  std::string result;
  std::size_t due = 0;  // blanks of a line that has just begun; an empty line gets none
  const auto break_line = [&] {
    result += '\n';
    column = due = indent;
  };
  while (!text.empty()) {
    const std::size_t blanks = std::min(text.find_first_not_of(' '), text.size());
    const std::string_view rest = text.substr(blanks);
    if (rest.empty()) break;
    if (rest.front() == '\n') {
      break_line();
      text = rest.substr(1);
      continue;
    }
    std::size_t end = part_end(rest, width);
    if (indent + display_width(rest.substr(0, end)) > width) end = word_end(rest);
    const std::size_t wide = display_width(rest.substr(0, end));
    const bool breaks = column > indent && column + blanks + wide > width;
    if (breaks) break_line();
    result.append(due + (breaks ? 0 : blanks), ' ');
    column += (breaks ? 0 : blanks) + wide;
    due = 0;
    result += rest.substr(0, end);
    text = rest.substr(end);
  }
  return result;
}

/// Columns of "hint:  " and its like at the beginning of a line, colours aside; 0 when it begins otherwise.
std::size_t label_width(std::string_view line) {
  constexpr std::size_t longest_label = 12;
  std::string plain;
  while (!line.empty() && plain.size() <= longest_label) {
    const Character character = first_character(line);
    if (!character.is_mark) plain += line.front();
    line.remove_prefix(character.bytes);
  }
  const std::size_t colon = plain.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
  if (colon == 0 || colon == std::string::npos || plain.substr(colon, 2) != ": ") return 0;
  const std::size_t text = plain.find_first_not_of(' ', colon + 1);
  return text == std::string::npos ? 0 : text;
}

/// One line, broken at its blanks.
std::string broken(std::string_view line, std::size_t width) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t label = label_width(line.substr(begin));
  const std::size_t indent = std::min(begin + (label > 0 ? label : 4), width / 2);
  const std::size_t end = line.find_last_not_of(' ') + 1;
  return std::string(begin, ' ') + wrapped(line.substr(begin), width, indent, begin) +
         std::string(line.size() - std::max(begin, end), ' ');
}

}  // namespace

std::string counted(std::size_t number, std::string_view noun) {
  if (number == 1) return fmt::format("1 {}", noun);
  return fmt::format("{} {}{}", number, noun, noun.ends_with('s') ? "es" : "s");
}

std::string noun_of(std::string_view kind) {
  static const std::map<std::string_view, std::string_view> spoken = {
      {"ovh.rrset", "record"}, {"ovh.scope", "ownership mark"}, {"ovh.zone", "zone"}};
  if (const auto found = spoken.find(kind); found != spoken.end()) return std::string(found->second);
  return std::string(kind.substr(kind.rfind('.') + 1));
}

std::string short_name(const ResourceId& id) {
  const std::size_t slash = id.name.find('/');
  if (slash == std::string::npos) return id.name;
  std::string rest = id.name.substr(slash + 1);
  if (id.kind != "ovh.rrset") return rest;
  const std::size_t type = rest.rfind('/');
  if (type == std::string::npos) return rest;
  return rest.substr(type + 1) + " " + rest.substr(0, type);
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(duration).count());
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{} h {:02} min", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("{} d {} h", seconds / 86400, seconds % 86400 / 3600);
}

std::string minute_text(Time time) { return formatted(time, "%Y-%m-%d %H:%M UTC"); }
std::string clock_text(Time time) { return formatted(time, "%H:%M:%S UTC"); }
std::string iso_text(Time time) { return formatted(time, "%Y-%m-%dT%H:%M:%SZ"); }

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto odd = std::find_if(text.begin(), text.end(), [](char letter) { return letter < ' ' || letter > '~'; });
    width += static_cast<std::size_t>(odd - text.begin());
    text.remove_prefix(static_cast<std::size_t>(odd - text.begin()));
    if (text.empty()) break;
    const Character character = first_character(text);
    width += character.columns;
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string clip(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  const std::size_t room = width > 3 ? width - 3 : 0;
  std::string result;
  std::size_t used = 0;
  bool coloured = false;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (used + character.columns > room) break;
    used += character.columns;
    coloured = coloured || character.is_mark;
    result += text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return result + std::string(std::min<std::size_t>(width, 3), '.') + (coloured ? std::string{colour_mark, '.'} : "");
}

std::size_t fitting(const std::vector<std::string>& items, std::size_t width) {
  if (width == std::string::npos) return items.size();
  std::size_t used = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    used += (i ? 2 : 0) + display_width(items[i]);
    const std::size_t left = items.size() - i - 1;
    const std::size_t rest = left > 0 ? fmt::formatted_size(" and {} more", left) : 0;
    if (i && used + rest > width) return i;
  }
  return items.size();
}

std::string some_of(const std::vector<std::string>& items, std::size_t width) {
  const std::size_t shown = fitting(items, width);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += (i ? ", " : "") + items[i];
  return shown == items.size() ? text : text + fmt::format(" and {} more", items.size() - shown);
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  return wrapped(text, width, indent, indent);
}

std::string wrap_after(std::string head, std::string_view text, std::size_t width, std::size_t indent) {
  const std::string rest = wrapped(text, width, indent, display_width(head));
  if (rest.starts_with('\n')) head.erase(head.find_last_not_of(' ') + 1);
  return head + rest;
}

std::size_t widest_part(std::string_view text) {
  std::size_t widest = 0;
  while (!text.empty()) {
    const std::size_t end = part_end(text, std::string::npos);
    widest = std::max(widest, display_width(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return widest;
}

std::string fitted(std::string_view text, std::size_t width) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    result += display_width(line) <= width ? std::string(line) : broken(line, width);
    if (end < text.size()) result += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

std::string hanging(std::string_view text, std::size_t indent) {
  std::string result;
  for (const char letter : text) {
    result += letter;
    if (letter == '\n') result.append(indent, ' ');
  }
  return result;
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char letter) { return letter == '\n' || letter == '\t'; }, ' ');
  return text;
}

std::string brief_value_text(const Value& value) {
  constexpr std::size_t whole = 64;
  constexpr std::size_t brief = 12;
  std::string text = value_text(value);
  if (text.size() == whole && text.find_first_not_of("0123456789abcdef") == std::string::npos) text.resize(brief);
  return text;
}

std::string value_text(const Value& value) {
  if (value.is_null()) return "(none)";
  const Value shown = apply::fill_for_show(value);
  if (shown.is_string()) return shown.as_string();
  if (!shown.is_list() || shown.as_list().empty()) return to_canonical_json(shown);
  std::string text;
  for (const Value& item : shown.as_list()) text += (text.empty() ? "" : ", ") + value_text(item);
  return text;
}

}  // namespace muster::cli
