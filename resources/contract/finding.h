#pragma once

// What an examination found: good news counts as well.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// The findings of one examination, in the order in which they were made.
class Findings {
 public:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  void add(FindingState state, std::string subject, std::string text, std::string hint = {});
  /// False when `look` threw an Error: what that says is a finding then. An interruption is passed on.
  bool attempt(std::string_view subject, const std::function<void()>& look);
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  std::vector<Finding> findings_;
};

}  // namespace muster
