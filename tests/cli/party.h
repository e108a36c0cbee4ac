#pragma once

// A fleet in a temporary directory, a sandbox for it, and the command line run in this process.

#include <filesystem>
#include <functional>
#include <istream>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "reconciler/cli/shell.h"
#include "resources/contract/context.h"
#include "resources/contract/registry.h"
#include "sandbox/sandbox.h"

namespace muster::test {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
  /// What a person sees: stderr and stdout, with what must vary taken out.
  std::string screen;
};

class Party {
 public:
  /// `hosts`: a number of unnamed hosts.
  explicit Party(int hosts, sandbox::SandboxOptions options = quick_cloud());
  /// Another machine with the same fleet and cloud: its directory is empty, its database and its lock are its own.
  struct Beside {
    Party& first;
  };
  explicit Party(Beside other);
  /// Boots and deletes in an instant.
  static sandbox::SandboxOptions quick_cloud();
  ~Party();

  /// Runs one command line; "-f" and the manifests' directory are added.
  Ran run(std::vector<std::string> words);
  /// Runs exactly these words.
  Ran run_as_given(const std::vector<std::string>& words) { return run(words, {}); }
  /// On a terminal. `answer` is called when a question stands there, and gives the line that is typed.
  Ran run_asked(std::vector<std::string> words, const std::function<std::string()>& answer);
  /// With a screen of so many columns for stdout and stderr, without colours.
  Ran run_on_screen(std::vector<std::string> words, int columns);
  /// After somebody has pressed Ctrl+C.
  Ran run_stopped(std::vector<std::string> words);
  /// Until `stop` is asked for, as by Ctrl+C.
  Ran run_until(std::vector<std::string> words, const std::stop_token& stop);
  void write(const std::string& file, const std::string& text) const;
  void ask_for(int hosts, const std::string& file = "event.yaml", const std::string& name = "my-event") const;
  /// Removes a server behind everybody's back.
  void vanish(const std::string& server);
  /// From now on the cloud says ERROR of it.
  void fail_server(const std::string& server);
  void forget_state() const;
  /// From now on this service of the cloud forbids what matches; nothing: it allows all again.
  void forbid(const std::string& service, const std::string& path_pattern);
  void forbid_nothing();
  /// Of the environment the commands run in.
  void set_variable(const std::string& name, const std::string& value) { variables_[name] = value; }
  void unset_variable(const std::string& name) { variables_.erase(name); }
  const std::string& variable(const std::string& name) const { return variables_.at(name); }
  const std::map<std::string, std::string>& variables() const { return variables_; }
  /// Of the commands; nullptr: the system's. Must outlive the party.
  void set_clock(Clock* clock) { clock_ = clock; }

  sandbox::Sandbox& cloud() { return *cloud_; }
  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path database() const { return directory_ / ".muster" / "state.db"; }
  /// How many objects of this kind the cloud has: "server", "record".
  std::size_t alive(const std::string& kind);
  std::string fleet_uid() const;

 private:
  Ran run(const std::vector<std::string>& words, const std::stop_token& stop);
  Ran run(const std::vector<std::string>& words, const std::stop_token& stop, std::istream& in,
          const cli::Terminal& terminal);
  std::string normalised(std::string text) const;

  std::filesystem::path directory_;
  std::string uid_;  ///< of this party alone: the lock of a fleet covers the machine, and other tests run on it
  std::string machine_;
  std::shared_ptr<sandbox::Sandbox> cloud_;
  std::map<std::string, std::string> variables_;
  Clock* clock_ = nullptr;
  Registry registry_;
};

/// Compares with tests/cli/golden/NAME; with MUSTER_ACCEPT=1 writes it instead.
void check_golden(const std::string& name, const std::string& text);

}  // namespace muster::test
