#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "reconciler/cli/deployments.h"
#include "reconciler/cli/hosts.h"

namespace muster::cli {

struct Login {
  std::string user;
  std::string password;
  /// The manifest has moved on since the host was made: neither is what the host got, and both are empty.
  bool outdated = false;
};

struct ListShown {
  const HostLists& lists;
  const std::vector<DeploymentRow>& deployments;
  Time now{};
  bool hide_orphans = false;
  std::map<std::string, Time> expires;    ///< by group
  std::map<std::string, Login> logins;    ///< by backend id; empty unless asked for
  std::size_t width = std::string::npos;  ///< columns of the screen
};

std::string list_text(const ListShown& shown);
/// One record per host, deployment, orphaned instance and orphaned domain.
std::string list_records(const ListShown& shown);

}  // namespace muster::cli
