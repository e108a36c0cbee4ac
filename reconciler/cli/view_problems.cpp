#include "reconciler/cli/view_problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reconciler/cli/text.h"
#include "reconciler/cli/view_error.h"

namespace muster::cli {

std::string unknown_text(const plan::Plan& plan, const Painter& paint, int width) {
  std::map<std::string, std::map<std::string, std::size_t>> reasons;
  for (const plan::Unknown& unknown : plan.unknown) {
    const bool follows = unknown.because_of.has_value();
    ++reasons[follows ? "they need what is unknown or has a problem" : unknown.reason][unknown.id.kind];
  }
  std::string text;
  for (const auto& [reason, kinds] : reasons) {
    std::string what;
    for (const auto& [kind, number] : kinds) what += (what.empty() ? "" : ", ") + counted(number, noun_of(kind));
    text += "  " + paint(Colour::yellow, what) + "\n        " + wrap(reason, static_cast<std::size_t>(width), 8) + "\n";
  }
  return text.empty() ? "" : "\nUnknown: these are left alone\n" + text;
}

std::string problems_text(const std::vector<Diagnostic>& problems, const Painter& paint) {
  std::vector<Diagnostic> told;
  std::vector<std::size_t> repeated;
  for (const Diagnostic& problem : problems) {
    const auto same = [&](const Diagnostic& other) {
      return other.message == problem.message && other.hint == problem.hint;
    };
    const auto found = std::find_if(told.begin(), told.end(), same);
    if (found != told.end()) {
      ++repeated[static_cast<std::size_t>(found - told.begin())];
      continue;
    }
    told.push_back(problem);
    repeated.push_back(0);
  }
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (repeated[i] > 0) told[i].message += fmt::format(" (and at {})", counted(repeated[i], "more place"));
  }
  return told.empty() ? "" : "\nProblems\n" + diagnostics_text(told, paint);
}

}  // namespace muster::cli
