// beside_cloud COMMAND...: runs COMMAND with the sandbox's OVH and guests beside the OpenStack that the OS_* variables
// name. The sandbox's own OpenStack stays unused; whatever address the other one gives out, a guest answers there.

#include <algorithm>
#include <iostream>
#include <memory>
#include <system_error>

#include "reconciler/cli/child.h"
#include "reconciler/cli/signals.h"
#include "reconciler/cli/system.h"
#include "resources/contract/error.h"
#include "sandbox/sandbox.h"

namespace {

std::map<std::string, std::string> without_openstack(std::map<std::string, std::string> variables) {
  std::erase_if(variables, [](const auto& variable) { return variable.first.starts_with("OS_"); });
  return variables;
}

}  // namespace

int main(int argc, char* argv[]) {
  try {
    const auto signals = std::make_shared<muster::cli::Signals>();
    const muster::cli::ProcessEnvironment environment;
    muster::cli::SystemClock clock;
    muster::cli::SystemRandom random;
    muster::cli::Shell shell{std::cin, std::cout, std::cerr, {}, environment, clock, random, signals->stop(), {}, signals};
    if (!environment.get("OS_AUTH_URL")) {
      throw muster::Error(muster::Fault::usage, "OS_AUTH_URL is not set", "source the openrc file of a cloud for tests");
    }
    muster::sandbox::SandboxOptions options;
    options.guests.all_addresses = true;
    const muster::sandbox::Sandbox sandbox(options);
    return muster::cli::run_child({argv + 1, argv + argc}, without_openstack(sandbox.environment()), shell);
  } catch (const muster::Error& error) {
    std::cerr << "error: " << error.full_text() << "\n";
  } catch (const std::system_error& error) {
    std::cerr << "error: the sandbox cannot start: " << error.what() << "\n";
  }
  return 1;
}
