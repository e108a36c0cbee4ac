#include "reconciler/cli/view_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "reconciler/cli/text.h"
#include "resources/contract/driver.h"

namespace muster::cli {
namespace {

std::string asked_text(const plan::Selection& asked) {
  std::string text;
  for (const std::string& pattern : asked.only) text += " --only " + pattern;
  for (const std::string& pattern : asked.except) text += " --except " + pattern;
  return text.empty() ? text : text.substr(1);
}

/// "delete 2 records: A a.my-event, A b.my-event": links that read the same become one line.
std::string links_text(const std::vector<plan::Linked>& links, const std::string& title, const std::string& why,
                       int width, Brevity& brevity) {
  std::map<std::tuple<Verb, std::string, std::string>, std::vector<const plan::Linked*>> rows;
  for (const plan::Linked& link : links) rows[{link.verb, link.id.kind, link.because_of.kind}].push_back(&link);
  std::string text;
  for (const auto& [key, row] : rows) {
    const auto& [verb, kind, cause] = key;
    std::vector<std::string> names;
    std::vector<std::string> causes;
    for (const plan::Linked* link : row) {
      names.push_back(short_name(link->id));
      causes.push_back(short_name(link->because_of));
    }
    std::sort(causes.begin(), causes.end());
    causes.erase(std::unique(causes.begin(), causes.end()), causes.end());
    const std::string head = fmt::format("  {:<9} {} {}: ", title, to_string(verb), counted(row.size(), noun_of(kind)));
    const auto room = static_cast<std::size_t>(std::max(width - static_cast<int>(head.size()), 20));
    text += head + brevity.names(names, room) + "\n";
    text += fmt::format("            {} {} {}\n", why, noun_of(cause), brevity.names(causes, room));
  }
  return text;
}

}  // namespace

std::string selection_text(const plan::Selected& selected, const Painter& paint, int width, Brevity& brevity) {
  std::string text = "\n" + paint(Colour::bold, "Selected: " + asked_text(selected.asked)) + "\n";
  text += links_text(selected.pulled_in, "pulled in", "because of", width, brevity);
  text += links_text(selected.kept, "left out", "for the sake of", width, brevity);
  if (selected.left_out > 0) {
    text += fmt::format("  {} not selected and left out (without --only and --except all are shown)\n",
                        selected.left_out == 1 ? "1 change is" : fmt::format("{} changes are", selected.left_out));
  } else {
    text += "  nothing else is pending\n";
  }
  return text;
}

}  // namespace muster::cli
