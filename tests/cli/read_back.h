#pragma once

// Reading what a command wrote, and taking out of it what differs from run to run.

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/contains.h"

namespace muster::test {

inline std::vector<nlohmann::json> records(const std::string& text) {
  std::vector<nlohmann::json> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(nlohmann::json::parse(line));
  return result;
}

/// Those of one type.
inline std::vector<nlohmann::json> records(const std::string& text, const std::string& type) {
  std::vector<nlohmann::json> result = records(text);
  std::erase_if(result, [&](const nlohmann::json& record) { return record.at("type") != type; });
  return result;
}

inline std::size_t count_of(const std::vector<nlohmann::json>& all, const std::string& type) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& record) { return record.at("type") == type; }));
}

/// With `by` for whatever each pattern matches, one pair after the other: {pattern, by}. `by` may name groups: $1.
inline std::string replaced(std::string text, const std::vector<std::pair<std::string, std::string>>& pairs) {
  for (const auto& [pattern, by] : pairs) text = std::regex_replace(text, std::regex(pattern), by);
  return text;
}

/// Dates, clock times and short durations become letters of the same width, so that columns stay where they are.
inline std::string without_times(const std::string& screen) {
  return replaced(screen, {{"[0-9]{4}-[0-9]{2}-[0-9]{2}", "YYYY-MM-DD"},
                           {"[0-9]{2}:[0-9]{2}:[0-9]{2}", "HH:MM:SS"},
                           {"YYYY-MM-DD [0-9]{2}:[0-9]{2}", "YYYY-MM-DD HH:MM"},
                           {"\\b[0-9]{2} s (?= )", "N.N s"},  // a column that is as wide as 9.9 s
                           {"\\b([0-9]+\\.[0-9]|[0-9]{2}) s\\b", "N.N s"}});
}

}  // namespace muster::test
