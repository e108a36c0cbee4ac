#pragma once

// Servers that are called like hosts of a workshop, NAMESPACE-NAME, and that no manifest names: what another tool made
// before anybody wrote it down.

#include <string>
#include <vector>

#include "manifests/load.h"
#include "reconciler/plan/snapshot.h"

namespace muster::cli {

struct UnnamedHost {
  std::string label;  ///< "abcde"
  std::string server;
  std::string backend_id;
  std::string ipv4;
  /// Why it is not in the line to be added; empty: it is.
  std::string doubt;
};

struct UnnamedHosts {
  std::string group;  ///< "Workshop/my-event"
  Origin where;       ///< of its hosts
  std::string line;   ///< "hosts: {names: [abcde, fghij]}", those named already included; empty: all are in doubt
  std::vector<UnnamedHost> hosts;
};

/// By workshop, hosts by name. A name belongs to the workshop with the longest namespace it begins with. Servers with
/// anybody's stamp are left out.
std::vector<UnnamedHosts> unnamed_hosts(const manifests::Load& load, const plan::Snapshot& snapshot);

}  // namespace muster::cli
