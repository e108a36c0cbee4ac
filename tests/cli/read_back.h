#pragma once

// Reading what a command wrote, and taking out of it what differs from run to run.

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace muster::test {

inline std::vector<nlohmann::json> records(const std::string& text) {
  std::vector<nlohmann::json> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(nlohmann::json::parse(line));
  return result;
}

/// Dates, clock times and short durations become letters of the same width, so that columns stay where they are.
inline std::string without_times(std::string screen) {
  screen = std::regex_replace(screen, std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}"), "YYYY-MM-DD");
  screen = std::regex_replace(screen, std::regex("[0-9]{2}:[0-9]{2}:[0-9]{2}"), "HH:MM:SS");
  screen = std::regex_replace(screen, std::regex("YYYY-MM-DD [0-9]{2}:[0-9]{2}"), "YYYY-MM-DD HH:MM");
  screen = std::regex_replace(screen, std::regex("\\b[0-9]{2} s (?= )"), "N.N s");  // a column that is as wide as 9.9 s
  return std::regex_replace(screen, std::regex("\\b([0-9]+\\.[0-9]|[0-9]{2}) s\\b"), "N.N s");
}

}  // namespace muster::test
