#pragma once

// Workshops that have a beginning and an end.

#include <fmt/format.h>

#include <string>

#include "reconciler/cli/text.h"
#include "resources/contract/resource.h"
#include "tests/support/hasty_clock.h"

namespace muster::test {

/// The time of a Party's commands.
inline Time party_now() { return HastyClock().now(); }

struct SeasonalWorkshop {
  std::string name = "my-event";
  int hosts = 1;
  Time from{};
  Time expires{};
  std::string rest{};  ///< of the spec, indented by two
  std::string password = "EVENT_PASSWORD";
};

inline std::string manifest_of(const SeasonalWorkshop& workshop) {
  return fmt::format(R"(apiVersion: muster/v1
kind: Workshop
metadata: {{name: {}}}
spec:
  project: cloud
  dns: {{account: dns, zone: example.com}}
  hosts: {}
  image: Debian 12
  flavor: d2-2
  login: {{user: attendee, password: {{env: {}}}}}
  tls: internal
  from: {}
  expires: {}
{})",
                     workshop.name, workshop.hosts, workshop.password, cli::iso_text(workshop.from),
                     cli::iso_text(workshop.expires), workshop.rest);
}

}  // namespace muster::test
