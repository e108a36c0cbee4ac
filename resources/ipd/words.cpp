#include "resources/ipd/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "resources/net/one_line.h"

namespace muster::ipd_driver {
namespace {

constexpr std::size_t longest_output = 400;

/// The last whole lines that fit.
std::string_view end_of(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (text.size() <= longest_output) return text;
  const std::size_t line = text.find('\n', text.size() - longest_output);
  return text.substr(line == std::string_view::npos ? text.size() - longest_output : line + 1);
}

}  // namespace

std::string name_of(const Deployed& deployment) {
  if (deployment.version.empty()) return "a deployment of " + deployment.user;
  return fmt::format("version {} of {}", deployment.version, deployment.user);
}

std::string meaning_of(int state) {
  switch (state) {
    case 101:
      return "the package was not there (101)";
    case 102:
      return "its folder could not be made (102)";
    case 103:
      return "the package could not be unpacked (103)";
    case 104:
      return "control.sh failed to prepare (104)";
    case 105:
      return "control.sh failed to deploy (105)";
    case 106:
      return "the package holds no control.sh that can be executed (106)";
    case 1030:
      return "unpacking took too long (1030)";
    case 1031:
      return "control.sh check took too long (1031)";
    case 1032:
      return "control.sh prepare took too long (1032)";
    case 1033:
      return "control.sh deploy took too long (1033)";
    default:
      return fmt::format("it ended in state {}", state);
  }
}

std::string failure_of(const Deployed& deployment, const std::string& output) {
  std::string text = fmt::format("{} failed: {}", name_of(deployment),
                                 deployment.words.empty() ? meaning_of(deployment.state) : deployment.words);
  const std::string_view last = end_of(output);
  if (!last.empty()) text += "; it wrote at the end: " + net::one_line(last, longest_output);
  return text;
}

}  // namespace muster::ipd_driver
