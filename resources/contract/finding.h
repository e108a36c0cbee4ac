#pragma once

// What an examination found: good news counts as well.

#include <string>
#include <string_view>

namespace muster {

enum class FindingState {
  ok,
  warning,  ///< works, but not as well or not for ever; or could not be told
  problem,  ///< does not work until somebody acts
};
std::string_view to_string(FindingState state);

struct Finding {
  FindingState state = FindingState::ok;
  std::string subject;  ///< what was looked at, in a word or two: "login", "quota"
  std::string text;     ///< what is so, with the server's own words
  std::string hint{};   ///< the way out; empty when there is nothing to do
  bool operator==(const Finding&) const = default;
};

}  // namespace muster
