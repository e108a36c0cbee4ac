#pragma once

// When a host of a workshop counts as ready. Pure.

#include <string>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/manifest.h"

namespace muster::workshop {

struct Check {
  std::string type;    ///< ssh, tcp, http, https
  std::string suffix;  ///< the last part of its id: "ssh", "tcp-8448"
  int port = 0;
  Origin origin;
  /// It needs the host's name, not only its address.
  bool by_name() const { return type == "http" || type == "https"; }
};

/// Those of spec.readiness, in order; what cannot be checked or stands there twice is a diagnostic.
std::vector<Check> readiness_checks(const Manifest& manifest, std::vector<Diagnostic>& diagnostics);

}  // namespace muster::workshop
