#pragma once

#include "resources/contract/error.h"
#include "resources/contract/session.h"
#include "resources/ipd/client.h"

namespace muster::ipd_driver {

/// The open handle on an IpdServer.
class IpdSession : public Session {
 public:
  IpdSession(std::string name, Login login, int concurrency, net::Network* network)
      : client(std::move(name), std::move(login), concurrency, network) {}

  Client client;
};

}  // namespace muster::ipd_driver
