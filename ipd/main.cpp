// ipd: receives images and packages, and lets the package's own script switch to them.

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "ipd/serve.h"
#include "ipd/settings.h"
#include "ipd/unpacker.h"
#include "ipd/user_tool.h"
#include "resources/contract/error.h"

namespace {

constexpr const char* usage =
    "usage: ipd                 serve; settings come from the environment, /etc/default/ipd and /etc/ipd.conf\n"
    "       ipd user ...        add, list, del and passwd of the users' file\n"
    "       ipd --version\n"
    "see ipd(8)\n";

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

int run(const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"--version"}) {
    std::cout << "ipd " MUSTER_VERSION "\n";
    return 0;
  }
  if (words == std::vector<std::string>{"--help"}) {
    std::cout << usage;
    return 0;
  }
  if (!words.empty() && words.front() == "unpack")
    return muster::ipd::run_unpacker({words.begin() + 1, words.end()}, std::cout);
  const auto settings = muster::ipd::read_settings(variable, {"/etc/default/ipd", "/etc/ipd.conf"});
  if (!words.empty() && words.front() == "user")
    return muster::ipd::run_user_tool({words.begin() + 1, words.end()}, settings.auth_db, std::cout, std::cerr);
  if (!words.empty()) {
    std::cerr << usage;
    return 2;
  }
  return muster::ipd::serve(settings, variable("PATH").value_or("/usr/sbin:/usr/bin:/sbin:/bin"));
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const muster::Error& error) {
    std::cerr << "error: " << error.message() << "\n";
    if (!error.hint().empty()) std::cerr << "hint:  " << error.hint() << "\n";
  } catch (const std::exception& exception) {
    std::cerr << "error: " << exception.what() << "\n";
  }
  return 1;
}
