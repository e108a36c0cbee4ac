#include "reconciler/cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 converged, 1 failed, 2 changes pending, 3 bad input, 4 the guard refused,\n"
    "5 another run holds the lock, 6 partly applied or partly unknown, 130 interrupted.\n";

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
std::string two_columns(const Rows& rows, int width) {
  std::size_t left = 20;
  for (const auto& [name, doc] : rows) left = std::max(left, name.size());
  std::string text;
  for (const auto& [name, doc] : rows)
    text += fmt::format("  {:<{}}  {}\n", name, left, wrap(doc, static_cast<std::size_t>(width), left + 4));
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

}  // namespace

std::string help_text(int width) {
  std::string text =
      "muster makes workshop hosts and their names exist as manifests in YAML say.\n\n"
      "Usage: muster COMMAND [OPTION...] [PATH...]\n\n";
  for (const Command& command : commands()) text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  text += "\nOptions of every command:\n" + options_text(common_options(), width);
  return text + "\nmuster help COMMAND tells more about one. Try it without a cloud: muster sandbox exec -- bash\n\n" +
         exit_codes;
}

std::string help_text(const Command& command, int width) {
  std::string text = fmt::format("muster {}: {}\n\nUsage: muster {} [OPTION...]{}{}\n", command.name, command.summary,
                                 command.name, command.usage.empty() ? "" : " ", command.usage);
  if (!command.help.empty()) text += "\n" + wrap(command.help, static_cast<std::size_t>(width), 0) + "\n";
  if (!command.options.empty()) text += "\nOptions:\n" + options_text(command.options, width);
  if (!command.settings.empty()) text += "\nSettings for --set:\n" + settings_text(command.settings, width);
  return text + "\nOptions of every command:\n" + options_text(common_options(), width);
}

}  // namespace muster::cli
