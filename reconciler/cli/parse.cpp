#include "reconciler/cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

[[noreturn]] void refuse_command(const std::string& name) {
  std::vector<std::string> known = {"help"};
  for (const Command& command : commands()) {
    if (command.group != Group::hidden) known.push_back(command.name);
  }
  const std::string close = did_you_mean(name, known);
  throw Error(Fault::usage, "muster has no command '" + name + "'",
              close.empty() ? "muster help lists the commands" : "did you mean '" + close + "'?");
}

void add_options(CLI::App& app, const std::vector<Option>& table, Options& options) {
  for (const Option& option : table) {
    if (option.value_name.empty()) {
      app.add_flag_callback(option.names, [&option, &options] { option.set(options, ""); });
    } else {
      app.add_option_function<std::vector<std::string>>(option.names,
                                                        [&option, &options](const std::vector<std::string>& values) {
                                                          for (const std::string& value : values)
                                                            option.set(options, value);
                                                        })
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->allow_extra_args(false);
    }
  }
}

[[noreturn]] void refuse_option(const std::string& word, const Command* command) {
  std::vector<std::string> known;
  const auto collect = [&](const std::vector<Option>& table) {
    for (const Option& option : table) known.push_back(option.names.substr(option.names.rfind(',') + 1));
  };
  collect(common_options());
  if (command) collect(command->options);
  const std::string name = word.substr(0, word.find('='));
  const std::string close = did_you_mean(name, known);
  const std::string where = command ? "muster " + command->name : std::string("muster");
  throw Error(Fault::usage, where + " has no option '" + name + "'",
              close.empty() ? where + " --help lists the options" : "did you mean '" + close + "'?");
}

void place_words(std::vector<std::string> words, const Command& command, Options& options) {
  for (const std::string& word : words) {
    if (word.size() > 1 && word[0] == '-') refuse_option(word, &command);
  }
  const bool takes_rest = command.words == Words::rest;
  if (!takes_rest) std::move(options.rest.begin(), options.rest.end(), std::back_inserter(words));
  if (!takes_rest) options.rest.clear();
  if (command.words == Words::none && !words.empty()) {
    throw Error(Fault::usage, "muster " + command.name + " takes no '" + words.front() + "'",
                "muster " + command.name + " --help tells how it is called");
  }
  auto& target = command.words == Words::paths ? options.paths : options.words;
  std::move(words.begin(), words.end(), std::back_inserter(target));
}

/// `muster help plan` is `muster plan --help`.
void spell_out_help(std::vector<std::string>& words) {
  if (words.empty() || words.front() != "help") return;
  // What `help` itself does is what it shows.
  while (!words.empty() && words.front() == "help") words.erase(words.begin());
  words.push_back("--help");
}

}  // namespace

Parsed parse_command_line(std::vector<std::string> words) {
  Parsed parsed;
  spell_out_help(words);
  if (words.size() == 1 && words.front() == "--version") words.front() = "version";
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    parsed.options.rest.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }

  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  add_options(app, common_options(), parsed.options);
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name)->fallthrough()->allow_extras();
    sub->set_help_flag();
    add_options(*sub, command.options, parsed.options);
    sub->callback([&parsed, &command] { parsed.command = &command; });
  }
  app.require_subcommand(0, 1);
  try {
    std::reverse(words.begin(), words.end());
    app.parse(words);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string words_of_parser = error.what();
    throw Error(Fault::usage, words_of_parser.substr(0, words_of_parser.find(':')) + " needs a value",
                "muster help COMMAND lists the options and what they take");
  } catch (const CLI::Error& error) {
    throw Error(Fault::usage, error.what(), "muster help lists the commands and options");
  }
  // What a command does not know falls through to here, in order.
  const std::vector<std::string> left = app.remaining();
  if (parsed.command) {
    place_words(left, *parsed.command, parsed.options);
  } else if (!left.empty()) {
    if (left.front().starts_with('-')) refuse_option(left.front(), nullptr);
    refuse_command(left.front());
  }
  return parsed;
}

}  // namespace muster::cli
