#include "reconciler/cli/completion.h"

#include <algorithm>
#include <optional>
#include <set>

#include "manifests/fleet.h"
#include "reconciler/cli/help.h"
#include "reconciler/cli/hosts.h"

namespace muster::cli {
namespace {

/// "KIND", "NAME...", "up": the words of a usage, without brackets and dots.
std::vector<std::string> tokens_of(const std::string& usage) {
  std::vector<std::string> tokens(1);
  for (const char c : usage) {
    if (c == ' ' || c == '|') {
      if (!tokens.back().empty()) tokens.emplace_back();
    } else if (c != '[' && c != ']' && c != '.') {
      tokens.back() += c;
    }
  }
  if (tokens.back().empty()) tokens.pop_back();
  return tokens;
}

bool is_placeholder(const std::string& token) { return token.front() >= 'A' && token.front() <= 'Z'; }

const Command* command_named(const std::string& name) {
  for (const Command& command : commands()) {
    if (command.name == name && command.group != Group::hidden) return &command;
  }
  return nullptr;
}

/// The option that `word` is ("--file", "-f"), or nullptr.
const Option* option_named(const std::string& word, const Command* command) {
  for (const auto* table : {command ? &command->options : nullptr, &common_options()}) {
    if (table == nullptr) continue;
    for (const Option& option : *table) {
      const std::vector<std::string> names = names_of(option);
      if (std::find(names.begin(), names.end(), word) != names.end()) return &option;
    }
  }
  return nullptr;
}

/// What stands before the word that is being typed.
struct Line {
  const Command* command = nullptr;
  bool help = false;
  std::vector<std::string> words;   ///< after the command, options left out
  std::vector<std::string> paths;   ///< of -f
  const Option* waiting = nullptr;  ///< the option whose value is being typed
};

Line read_line(const std::vector<std::string>& words) {
  Line line;
  for (std::size_t at = 1; at + 1 < words.size(); ++at) {
    const std::string& word = words[at];
    if (line.waiting != nullptr) {
      if (line.waiting->value_name == "PATH" && line.waiting->names.ends_with("--file")) line.paths.push_back(word);
      line.waiting = nullptr;
    } else if (word.size() > 1 && word.front() == '-') {
      const auto equals = word.find('=');
      const Option* option = option_named(word.substr(0, equals), line.command);
      if (option != nullptr && equals != std::string::npos && option->names.ends_with("--file"))
        line.paths.push_back(word.substr(equals + 1));
      else if (option != nullptr && !option->value_name.empty())
        line.waiting = option;
    } else if (line.command == nullptr && word == "help") {
      line.help = true;
    } else if (line.command == nullptr) {
      line.command = command_named(word);
      if (line.command == nullptr) line.words.push_back(word);
    } else {
      line.words.push_back(word);
    }
  }
  return line;
}

std::string first_sentence(const std::string& text) {
  const auto end = std::min(text.find(": "), text.find(". "));
  return text.substr(0, end);
}

class Completer {
 public:
  Completer(std::string typed, const Registry& registry, const ReadManifests& read)
      : typed_(std::move(typed)), registry_(registry), read_(read) {}

  Completion finish() { return std::move(result_); }

  void add(const std::string& text, const std::string& doc = {}) {
    const std::string whole = before_ + text;
    if (!whole.starts_with(typed_) || !seen_.insert(whole).second) return;
    result_.candidates.push_back({whole, doc});
  }

  void add_commands() {
    for (const Group group : shown_groups) {
      for (const Command& command : commands()) {
        if (command.group == group) add(command.name, command.summary);
      }
    }
    add("help", "all commands, or one of them in full");
  }

  /// Short names only where nothing but a dash is typed.
  void add_options(const Command* command) {
    for (const auto* table : {command ? &command->options : nullptr, &common_options()}) {
      if (table == nullptr) continue;
      for (const Option& option : *table) {
        const std::vector<std::string> names = names_of(option);
        for (const std::string& name : names) {
          if (name.starts_with("--") || typed_ == "-") add(name, option.doc);
        }
      }
    }
  }

  void add_words(const Line& line) {
    const std::vector<std::string> tokens = tokens_of(line.command->usage);
    const bool has_literals = !tokens.empty() && !is_placeholder(tokens.front());
    for (const std::string& token : tokens) {
      if (token == "--") break;
      if (!is_placeholder(token)) {
        if (line.words.empty()) add(token);
      } else if (!has_literals || !line.words.empty()) {
        add_what(token, line);
      }
    }
  }

  void add_value(const Option& option, const Line& line) {
    if (option.value_name == "NAME=VALUE" && line.command != nullptr) {
      for (const Option& setting : line.command->settings) add(setting.names + "=", setting.doc);
      return;
    }
    for (const std::string& token : tokens_of(option.value_name)) {
      if (is_placeholder(token))
        add_what(token, line);
      else
        add(token);
    }
  }

  /// The value of "--option=value", in one word with it.
  void add_joined_value(const Line& line) {
    const auto equals = typed_.find('=');
    const Option* option = option_named(typed_.substr(0, equals), line.command);
    before_ = typed_.substr(0, equals + 1);
    if (option != nullptr) add_value(*option, line);
  }

  void look_up(Lookup lookup) { result_.lookup = lookup; }

 private:
  void add_what(const std::string& token, const Line& line) {
    if (token == "PATH" || token == "FILE" || token == "PLAN" || token == "CONFIG") return look_up(Lookup::files);
    if (token == "DIRECTORY") return look_up(Lookup::directories);
    if (token.starts_with("KIND")) return add_kinds(token != "KIND");
    const bool all = token == "NAME" || token == "PATTERN";
    if (!all && token != "ID" && token != "MANIFEST" && token != "HOST") return;
    if (!load_) load_ = read_(line.paths.empty() ? std::vector<std::string>{"."} : line.paths);
    if (all || token == "MANIFEST") add_manifests();
    if (all || token == "ID" || token == "HOST") add_hosts();
    // Of many things the names that people know come first; ids follow once something of one is typed.
    if (token == "ID" || (all && typed_.size() > before_.size())) add_ids();
  }

  void add_kinds(bool with_fields) {
    std::vector<std::string> kinds = registry_.manifest_kinds();
    kinds.push_back(manifests::fleet_schema().kind);
    std::sort(kinds.begin(), kinds.end());
    for (const std::string& kind : kinds) {
      const bool is_fleet = kind == manifests::fleet_schema().kind;
      const Schema& schema = is_fleet ? manifests::fleet_schema() : *registry_.manifest_schema(kind);
      add(kind, first_sentence(schema.doc));
      if (with_fields && typed_.starts_with(before_ + kind + ".")) add_fields(kind + ".", schema.fields);
    }
  }

  /// One level at a time: those below what is typed already.
  void add_fields(const std::string& path, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      if (field.computed != Computed::no) continue;
      const std::string name = path + field.name;
      add(name, first_sentence(field.doc));
      if (field.type == Type::record && typed_.starts_with(before_ + name + ".")) add_fields(name + ".", field.fields);
    }
  }

  void add_manifests() {
    for (const Manifest& manifest : load_->manifests) {
      if (registry_.blueprint(manifest.kind) == nullptr) continue;
      add(manifest.name, manifest.kind);
      if (typed_.size() > before_.size()) add(manifest.key());
    }
  }

  void add_hosts() {
    for (const Resource& resource : load_->resources) {
      if (!is_host_kind(resource.id.kind)) continue;
      add(resource.id.name.substr(resource.id.name.rfind('/') + 1), "host of " + resource.group);
    }
  }

  void add_ids() {
    for (const Resource& resource : load_->resources) add(resource.id.to_string());
  }

  std::string typed_;
  std::string before_;  ///< "--only=": stands before every candidate
  const Registry& registry_;
  const ReadManifests& read_;
  std::optional<manifests::Load> load_;
  std::set<std::string> seen_;
  Completion result_;
};

}  // namespace

Completion complete(const std::vector<std::string>& words, const Registry& registry, const ReadManifests& read) {
  if (words.size() < 2) return {};
  if (const auto dashes = std::find(words.begin(), words.end() - 1, "--"); dashes != words.end() - 1) {
    // A command of its own follows, which may be muster again.
    const std::vector<std::string> rest(dashes + 1, words.end());
    if (rest.size() > 1 && rest.front() == "muster") return complete(rest, registry, read);
    return {{}, rest.size() == 1 ? Lookup::programs : Lookup::files};
  }
  const Line line = read_line(words);
  const std::string& typed = words.back();
  Completer completer(typed, registry, read);
  if (line.waiting != nullptr)
    completer.add_value(*line.waiting, line);
  else if (typed.starts_with("--") && typed.find('=') != std::string::npos)
    completer.add_joined_value(line);
  else if (typed.starts_with("-"))
    completer.add_options(line.command);
  else if (line.command == nullptr && line.words.empty())
    completer.add_commands();
  else if (line.command != nullptr && !line.help)
    completer.add_words(line);
  return completer.finish();
}

}  // namespace muster::cli
