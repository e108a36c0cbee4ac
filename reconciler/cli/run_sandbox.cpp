#include <fmt/format.h>
#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <system_error>

#include "reconciler/cli/child.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/json.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

/// A directory of its own for the sandbox's state database, gone with the sandbox.
class PrivateDirectory {
 public:
  PrivateDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / ("muster-sandbox-" + std::string(6, 'X'))).string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw Error(Fault::permanent, "cannot make a temporary directory " + pattern,
                  "set TMPDIR to a directory you can write");
    }
    path_ = pattern;
  }
  ~PrivateDirectory() {
    std::error_code ignored;  // a file left in a temporary directory is no reason to fail
    std::filesystem::remove_all(path_, ignored);
  }
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  std::string state() const { return (path_ / "state.db").string(); }

 private:
  std::filesystem::path path_;
};

std::string shell_word(const std::string& value) {
  std::string text = "'";
  for (const char c : value) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// A token or an application credential of a real cloud would be taken before the sandbox's user and password.
const std::vector<std::string> withheld = {"OS_", "OVH_"};

std::string exports_text(const std::map<std::string, std::string>& variables) {
  // The shell it is pasted into knows what it has set; the first name keeps unset from standing alone.
  std::string text = "unset OS_CLOUD $(env | sed -n -E 's/^((OS|OVH)_[A-Za-z0-9_]*)=.*/\\1/p')\n";
  for (const auto& [name, value] : variables) text += "export " + name + "=" + shell_word(value) + "\n";
  return text;
}

std::string exports_record(const std::map<std::string, std::string>& variables) {
  Json json = record("sandbox");
  json["environment"] = variables;
  json["unset_prefixes"] = withheld;
  return line(json);
}

void wait_for_stop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wakes;
  std::unique_lock lock(mutex);
  wakes.wait(lock, stop, [] { return false; });
}

int serve(Invocation& call, const std::map<std::string, std::string>& variables) {
  call.console.out(call.options.json ? exports_record(variables) : exports_text(variables));
  call.console.err("The sandbox runs until Ctrl+C; paste the lines above into another shell to use it.\n");
  wait_for_stop(call.shell.stop);
  call.console.err("The sandbox is gone, with everything in it.\n");
  return Exit::converged;
}

}  // namespace

int run_sandbox(Invocation& call) {
  const auto& words = call.options.words;
  const bool up = words.size() == 1 && words[0] == "up" && call.options.rest.empty();
  const bool exec = words.size() == 1 && words[0] == "exec" && !call.options.rest.empty();
  if (!up && !exec) {
    throw Error(Fault::usage, words.empty() ? "sandbox needs to know what to do" : "that is not how sandbox is called",
                "muster sandbox up, or muster sandbox exec -- COMMAND...");
  }
  try {
    const sandbox::Sandbox cloud(call.options.sandbox);
    const PrivateDirectory directory;
    std::map<std::string, std::string> variables = cloud.environment();
    // What is known of a cloud that vanishes must not mix with what is known of a real one.
    variables["MUSTER_STATE"] = directory.state();
    return up ? serve(call, variables) : run_child(call.options.rest, {variables, withheld}, call.shell);
  } catch (const std::system_error& error) {
    throw Error(Fault::permanent, fmt::format("the sandbox cannot start: {}", error.what()),
                "is the port taken? --port 0 picks a free one");
  }
}

}  // namespace muster::cli
