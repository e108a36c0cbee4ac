#include "reconciler/cli/view_doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

constexpr std::size_t text_column = 24;
constexpr std::size_t own_line_indent = 10;

Colour colour_of(FindingState state) {
  switch (state) {
    case FindingState::ok:
      return Colour::green;
    case FindingState::warning:
      return Colour::yellow;
    case FindingState::problem:
      break;
  }
  return Colour::red;
}

std::map<FindingState, std::size_t> counts_of(const std::vector<Section>& sections) {
  std::map<FindingState, std::size_t> counts;
  for (const Section& section : sections) {
    for (const Finding& finding : section.findings) ++counts[finding.state];
  }
  return counts;
}

}  // namespace

std::string section_text(const Section& section, const Painter& paint, int width) {
  if (section.findings.empty()) return "";
  const auto columns = static_cast<std::size_t>(std::max(width, 50));
  std::string text = paint(Colour::bold, section.title) + "\n";
  for (const Finding& finding : section.findings) {
    const std::string head =
        fmt::format("  {} {:<13} ", paint(colour_of(finding.state), fmt::format("{:<7}", to_string(finding.state))),
                    finding.subject);
    // An address that is too long for a place beside its subject gets one below it.
    const std::size_t widest = widest_part(finding.text);
    const bool is_below = text_column + widest > columns && own_line_indent + widest <= columns;
    const std::size_t indent = is_below ? own_line_indent : text_column;
    text += is_below ? head.substr(0, head.find_last_not_of(' ') + 1) + "\n" + std::string(indent, ' ') +
                           wrap(finding.text, columns, indent)
                     : wrap_after(head, finding.text, columns, indent);
    text += "\n";
    if (!finding.hint.empty())
      text += std::string(indent, ' ') + paint(Colour::dim, wrap("-> " + finding.hint, columns, indent)) + "\n";
  }
  return text + "\n";
}

std::string verdict_text(const std::vector<Section>& sections, const Painter& paint) {
  auto counts = counts_of(sections);
  const std::string warnings = counted(counts[FindingState::warning], "warning");
  if (counts[FindingState::problem] > 0)
    return paint(Colour::red, counted(counts[FindingState::problem], "problem")) + ", " + warnings + "\n";
  if (counts[FindingState::warning] > 0) return paint(Colour::yellow, "no problem, " + warnings) + "\n";
  return paint(Colour::green, "all is well") + "\n";
}

std::string section_records(const Section& section) {
  std::string text;
  for (const Finding& finding : section.findings) {
    Json json = record("finding");
    json["section"] = section.title;
    json["state"] = to_string(finding.state);
    json["subject"] = finding.subject;
    json["text"] = finding.text;
    json["hint"] = text_or_null(finding.hint);
    text += line(json);
  }
  return text;
}

std::string verdict_record(const std::vector<Section>& sections) {
  auto counts = counts_of(sections);
  Json json = record("examination");
  json["ok"] = counts[FindingState::ok];
  json["warnings"] = counts[FindingState::warning];
  json["problems"] = counts[FindingState::problem];
  return line(json);
}

}  // namespace muster::cli
