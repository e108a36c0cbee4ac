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

/// One line, broken at its blanks.
std::string broken(std::string_view line, std::size_t width) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t indent = std::min(begin + 4, width / 2);
  std::string result;
  std::size_t column = 0;
  while (!line.empty()) {
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t end = std::min(line.find(' ', blanks), line.size());
    const std::string_view word = line.substr(blanks, end - blanks);
    const std::size_t wide = display_width(word);
    if (column > indent && column + blanks + wide > width) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else {
      result.append(blanks, ' ');
      column += blanks;
    }
    result += word;
    column += wide;
    line.remove_prefix(end);
  }
  return result;
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

std::string some_of(const std::vector<std::string>& items, std::size_t width) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string next = (i ? ", " : "") + items[i];
    const std::size_t left = items.size() - i;
    const std::string rest = left > 1 ? fmt::format(" and {} more", left - 1) : "";
    if (i && display_width(text) + display_width(next) + display_width(rest) > width) {
      return text + fmt::format(" and {} more", left);
    }
    text += next;
  }
  return text;
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string result;
  std::size_t column = indent;
  const auto break_line = [&] {
    result += "\n" + std::string(indent, ' ');
    column = indent;
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", i), text.size());
    const std::string_view word = text.substr(i, end - i);
    if (column > indent && column + 1 + display_width(word) > width) {
      break_line();
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += display_width(word);
    if (end < text.size() && text[end] == '\n') break_line();
    i = end + 1;
  }
  return result;
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
