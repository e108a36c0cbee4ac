#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/guest_reach.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// The way into the simulated guests: a SOCKS5 proxy on loopback that resolves names by what is published and connects
/// to guests that have booted. A name that does not exist and an address without a server are "host unreachable"; a
/// server that is not up yet and a closed port are "connection refused".
class GuestNetwork {
 public:
  /// Binds at once; port 0 picks a free one. World and reach outlive the object.
  /// Throws std::system_error, or std::runtime_error when OpenSSL fails.
  GuestNetwork(World& world, GuestReach& reach, int port);
  ~GuestNetwork();
  GuestNetwork(const GuestNetwork&) = delete;
  GuestNetwork& operator=(const GuestNetwork&) = delete;

  void start();
  /// Ends every connection, waits for the threads. Idempotent.
  void stop();

  /// socks5h://127.0.0.1:PORT
  std::string proxy_url() const;
  /// The file that holds the certificate of the guests' CA; it lives as long as this object.
  const std::string& ca_file() const;

 private:
  class Network;
  std::unique_ptr<Network> network_;
};

}  // namespace muster::sandbox
