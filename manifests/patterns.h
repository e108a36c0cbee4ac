#pragma once

#include <map>
#include <regex>
#include <string>

namespace muster::manifests {

/// The schemas' regular expressions, compiled at their first use: that takes longer than all else about a manifest.
class Patterns {
 public:
  /// Whether the whole text fits an ECMAScript pattern. std::regex recurses for each character: give it short texts.
  bool fits(const std::string& text, const std::string& pattern) {
    const auto known = compiled_.find(pattern);
    if (known != compiled_.end()) return std::regex_match(text, known->second);
    return std::regex_match(text, compiled_.emplace(pattern, std::regex(pattern)).first->second);
  }

 private:
  std::map<std::string, std::regex> compiled_;
};

}  // namespace muster::manifests
