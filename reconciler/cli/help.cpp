#include "reconciler/cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

/// With less the text on the right gets lines of its own.
constexpr std::size_t least_room = 24;
constexpr std::size_t own_line_indent = 8;

std::string option_names(const Option& option) {
  std::string names = option.names;
  if (const auto comma = names.find(','); comma != std::string::npos)
    names.replace(comma, 1, ", ");
  else
    names = "    " + names;
  return option.value_name.empty() ? names : names + " " + option.value_name;
}

using Rows = std::vector<std::pair<std::string, std::string>>;

/// What it is called on the left, what it does on the right.
std::string two_columns(const Rows& rows, int width, std::size_t left = 20) {
  for (const auto& [name, doc] : rows) left = std::max(left, name.size());
  const auto columns = static_cast<std::size_t>(width);
  const bool beside = left + 4 + least_room <= columns;
  const std::size_t indent = beside ? left + 4 : own_line_indent;
  std::string text;
  for (const auto& [name, doc] : rows) {
    const std::string head = beside ? fmt::format("  {:<{}}  ", name, left) : "  " + name + "\n        ";
    text += head + wrap(doc, columns, indent) + "\n";
  }
  return text;
}

std::string options_text(const std::vector<Option>& options, int width) {
  Rows rows;
  for (const Option& option : options) rows.emplace_back(option_names(option), option.doc);
  return two_columns(rows, width);
}

std::string settings_text(const std::vector<Option>& settings, int width) {
  Rows rows;
  for (const Option& setting : settings) rows.emplace_back(setting.names + "=" + setting.value_name, setting.doc);
  return two_columns(rows, width);
}

std::string commands_text(Group group, int width) {
  Rows rows;
  for (const Command& command : commands()) {
    if (command.group == group) rows.emplace_back(command.name, command.summary);
  }
  return two_columns(rows, width, 10);
}

std::string exit_codes_text(int width) {
  const Rows rows = {{"0", "converged"},
                     {"1", "failed"},
                     {"2", "changes pending"},
                     {"3", "bad input"},
                     {"4", "the guard refused"},
                     {"5", "another run holds the lock"},
                     {"6", "partly applied or partly unknown"},
                     {"130", "interrupted"}};
  return "\nExit codes:\n" + two_columns(rows, width, 10);
}

Json options_json(const std::vector<Option>& options) {
  Json list = Json::array();
  for (const Option& option : options) {
    list.push_back({{"names", names_of(option)}, {"value", text_or_null(option.value_name)}, {"doc", option.doc}});
  }
  return list;
}

}  // namespace

std::vector<std::string> names_of(const Option& option) {
  const auto comma = option.names.find(',');
  if (comma == std::string::npos) return {option.names};
  return {option.names.substr(0, comma), option.names.substr(comma + 1)};
}

std::string_view heading(Group group) {
  switch (group) {
    case Group::start:
      return "Start";
    case Group::change:
      return "Plan and change";
    case Group::look:
      return "Look, and change nothing";
    case Group::tools:
      return "Tools";
    case Group::hidden:
      break;
  }
  return "";
}

std::string help_text(int width) {
  const auto columns = static_cast<std::size_t>(width);
  std::string text =
      wrap("muster makes workshop hosts, their names and deployments exist as manifests in YAML say.", columns, 0) +
      "\n\nUsage: muster COMMAND [OPTION...] [PATH...]\n";
  for (const Group group : shown_groups) text += fmt::format("\n{}:\n{}", heading(group), commands_text(group, width));
  text += "\nOptions of every command:\n" + options_text(common_options(), width);
  text += exit_codes_text(width) + "\n";
  return text +
         wrap("muster help COMMAND tells more about one. Try it without a cloud: muster sandbox exec -- bash", columns,
              0) +
         "\n";
}

std::string help_text(const Command& command, int width) {
  std::string text = fmt::format("muster {}: {}\n\nUsage: muster {} [OPTION...]{}{}\n", command.name, command.summary,
                                 command.name, command.usage.empty() ? "" : " ", command.usage);
  if (!command.help.empty()) text += "\n" + wrap(command.help, static_cast<std::size_t>(width), 0) + "\n";
  if (!command.options.empty()) text += "\nOptions:\n" + options_text(command.options, width);
  if (!command.settings.empty()) text += "\nSettings for --set:\n" + settings_text(command.settings, width);
  return text + "\nOptions of every command:\n" + options_text(common_options(), width);
}

std::string help_record(const Command& command) {
  Json json = record("command");
  json["name"] = command.name;
  json["group"] = text_or_null(heading(command.group));
  json["usage"] = text_or_null(command.usage);
  json["summary"] = command.summary;
  json["help"] = text_or_null(command.help);
  json["options"] = options_json(command.options);
  json["settings"] = options_json(command.settings);
  json["common_options"] = options_json(common_options());
  return line(json);
}

std::string help_records() {
  std::string text;
  for (const Group group : shown_groups) {
    for (const Command& command : commands()) text += command.group == group ? help_record(command) : "";
  }
  return text;
}

}  // namespace muster::cli
