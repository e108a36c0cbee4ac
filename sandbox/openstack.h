#pragma once

#include <map>
#include <string>
#include <vector>

#include "sandbox/cloud.h"
#include "sandbox/control.h"
#include "sandbox/glance.h"
#include "sandbox/keystone.h"
#include "sandbox/neutron.h"
#include "sandbox/nova.h"
#include "sandbox/nova_keypairs.h"
#include "sandbox/server_store.h"

namespace muster::sandbox {

/// The OpenStack part of the sandbox, wired together.
class OpenStack {
 public:
  OpenStack(World& world, const OpenStackOptions& options);
  OpenStack(const OpenStack&) = delete;
  OpenStack& operator=(const OpenStack&) = delete;

  /// keystone, nova, glance, neutron; not yet started.
  std::vector<HttpService*> services();
  /// OS_* of the user.
  std::map<std::string, std::string> environment() const;
  /// GET /servers, POST /servers/{id}/vanish, POST /servers/{id}/state {"status": "ERROR", "fault": "..."}, POST
  /// /servers/{id}/cell {"reachable": false}: the part of the cloud that has it does not answer.
  void add_control_routes(HttpService& control);
  ServerStore& servers() { return servers_; }
  const Cloud& cloud() const { return cloud_; }

 private:
  Cloud cloud_;
  Keystone keystone_;
  ServerStore servers_;
  Nova nova_;
  KeyPairs key_pairs_;
  Glance glance_;
  Neutron neutron_;
};

}  // namespace muster::sandbox
