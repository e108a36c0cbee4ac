#pragma once

// One row of the table of commands, and what a command is called with.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/cli/console.h"
#include "reconciler/cli/shell.h"
#include "resources/contract/registry.h"
#include "resources/contract/secret.h"
#include "sandbox/sandbox.h"

namespace muster::cli {

/// Exit codes that a command decides itself; the engine's are in reconciler/apply/reconcile.h.
enum Exit {
  converged = 0,
  failed = 1,
  changes_pending = 2,
  bad_input = 3,
  guard_refused = 4,
  locked = 5,
  partly = 6,  ///< something could not be read, or was left out
  interrupted = 130
};

/// What history leaves out.
struct HistoryOptions {
  std::string since;    ///< as it was typed
  std::string command;  ///< empty: any
  bool failed = false;
  std::optional<std::size_t> limit;
};

/// All that can be said on the command line; each command declares which part it takes.
struct Options {
  std::vector<std::string> paths;  ///< files and directories with manifests; empty: the current directory
  std::vector<std::string> words;  ///< names, ids, kinds: what stands after the command and is no path
  std::vector<std::string> rest;   ///< after "--"
  std::string state;
  std::vector<std::string> only;  ///< patterns, see plan::ids_meant
  std::vector<std::string> except;
  std::string plan_file;  ///< where plan writes one
  std::string directory;  ///< where import writes; empty: the current one
  std::string ca_file;    ///< import ipd: PEM; empty: the system's
  bool json = false;
  bool verbose = false;
  bool all = false;  ///< no list is shortened
  bool help = false;
  bool yes = false;
  bool dry_run = false;
  bool rollback = false;
  bool hide_orphans = false;
  bool credentials = false;
  int allow = -1;
  std::optional<std::chrono::seconds> max_age;
  std::string at;                   ///< plan: as if it were then
  std::vector<std::string> ignore;  ///< patterns of differences that are no drift
  HistoryOptions history;
  sandbox::SandboxOptions sandbox;

  bool shows_all() const { return all || verbose; }
};

struct Option {
  std::string names;       ///< "-y,--yes"
  std::string value_name;  ///< "N"; empty: a flag
  std::string doc;
  /// Takes the value ("" for a flag); throws Error(usage) when it does not like it.
  std::function<void(Options&, const std::string& value)> set;
};

struct Invocation {
  const Options& options;
  Shell& shell;
  Console& console;
  Redactor& redactor;
  const Registry& registry;
};

/// What the words after a command are; with `rest`, names before "--" and anything after it.
enum class Words { none, paths, names, rest };

/// What a command is for: the headings of help, in this order.
enum class Group {
  start,   ///< get manifests together
  change,  ///< make the world as they say
  look,    ///< see, and change nothing
  tools,
  hidden,  ///< for shells and tests; in no list
};

struct Command {
  Group group = Group::tools;
  std::string name;
  std::string usage;    ///< after the name: "[PATH...]"
  std::string summary;  ///< one line
  std::string help;     ///< paragraphs; may be empty
  Words words = Words::none;
  std::vector<Option> options;
  /// Returns the exit code; throws Error.
  std::function<int(Invocation&)> run;
  /// What --set takes, for the help; empty: there is no --set.
  std::vector<Option> settings{};
  bool text_only = false;  ///< what it prints is no data: there are no records of it
};

/// The only list of commands; help shows those of a group in this order.
const std::vector<Command>& commands();
/// Options every command takes.
const std::vector<Option>& common_options();

}  // namespace muster::cli
