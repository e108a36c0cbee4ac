#pragma once

#include "resources/contract/error.h"
#include "resources/contract/session.h"
#include "resources/ipd/client.h"

namespace muster::ipd_driver {

/// The open handle on an IpdServer.
class IpdSession : public Session {
 public:
  IpdSession(std::string name, Login login, Limits limits, net::Network* network)
      : client(std::move(name), std::move(login), limits, network) {}

  Client client;
};

}  // namespace muster::ipd_driver
