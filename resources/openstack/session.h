#pragma once

#include <utility>

#include "resources/contract/session.h"
#include "resources/openstack/client.h"
#include "resources/openstack/names.h"

namespace muster::openstack {

/// One project in one region. Logs in when the first call is made, not before.
class OpenStackSession : public Session {
 public:
  OpenStackSession(Credentials credentials, Limits limits, net::Network* network = nullptr)
      : client(std::move(credentials), limits, network), names(client) {}

  Client client;
  Names names;
};

}  // namespace muster::openstack
