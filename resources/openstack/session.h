#pragma once

#include "resources/contract/session.h"
#include "resources/openstack/client.h"
#include "resources/openstack/names.h"

namespace muster::openstack {

/// One project in one region. Logs in when the first call is made, not before.
class OpenStackSession : public Session {
 public:
  OpenStackSession(Credentials credentials, int requests_per_second)
      : client(std::move(credentials), requests_per_second), names(client) {}

  Client client;
  Names names;
};

}  // namespace muster::openstack
