#include "reconciler/cli/view_problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_error.h"

namespace muster::cli {

namespace {

/// A text without the ids of single requests, which are long and mostly digits: what differs by them alone is the same.
std::string without_request_ids(std::string_view text) {
  constexpr std::size_t shortest = 20;
  const auto is_part = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '.';
  };
  std::string result;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_part);
    const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    const auto digits =
        std::count_if(word.begin(), word.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
    if (word.size() < shortest || digits < 6) result += word;
    text.remove_prefix(word.size());
    if (text.empty()) break;
    result += text.front();
    text.remove_prefix(1);
  }
  return result;
}

}  // namespace

std::string unknown_text(const std::vector<plan::Unknown>& all, const Painter& paint, int width, Brevity& brevity) {
  struct Row {
    std::string reason;  ///< in its first words
    std::map<std::string, std::size_t> kinds;
    std::vector<std::string> ids;
  };
  std::map<std::string, Row> rows;
  for (const plan::Unknown& unknown : all) {
    const bool follows = unknown.because_of.has_value();
    const std::string reason = follows ? "they need what is unknown or has a problem" : unknown.reason;
    Row& row = rows.try_emplace(without_request_ids(reason), Row{reason, {}, {}}).first->second;
    ++row.kinds[unknown.id.kind];
    row.ids.push_back(unknown.id.to_string());
  }
  const auto columns = static_cast<std::size_t>(width);
  std::string text;
  for (const auto& [same, row] : rows) {
    std::string what;
    for (const auto& [kind, number] : row.kinds) what += (what.empty() ? "" : ", ") + counted(number, noun_of(kind));
    text +=
        "  " + paint(Colour::yellow, what) + "\n        " + wrap(clip(row.reason, widest_message), columns, 8) + "\n";
    if (brevity.all())
      text += "          " + wrap(brevity.names(row.ids, columns), columns, 10) + "\n";
    else
      brevity.leave_out();
  }
  return text.empty() ? "" : "\nUnknown: these are left alone\n" + text;
}

std::string unknown_records(const std::vector<plan::Unknown>& all) {
  std::string text;
  for (const plan::Unknown& unknown : all) {
    Json json = record("unknown");
    json["id"] = unknown.id.to_string();
    json["group"] = text_or_null(unknown.group);
    json["reason"] = unknown.reason;
    text += line(json);
  }
  return text;
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
