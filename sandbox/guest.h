#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/guest_directory.h"
#include "sandbox/guest_options.h"
#include "sandbox/http_service.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// Public DNS: the addresses of a name, empty when it has none, nullopt when there is no such name.
using NameResolver = std::function<std::optional<std::vector<std::string>>(const std::string& name)>;

/// The way into the simulated guests: a SOCKS5 proxy on loopback that resolves names by what is published and connects
/// to guests that have booted. A name that does not exist and an address without a server are "host unreachable"; a
/// server that is not up yet and a closed port are "connection refused".
///
/// Each CONNECT is a call of the service "guest" in ledger and fault script, with the method CONNECT and host:port; its
/// status is 200, 502 (refused), 504 (unreachable) or, for a fault, 0. Of a fault script drops, delays and status (as a
/// general failure) have an effect.
class GuestNetwork {
 public:
  /// Binds at once. The world outlives the object; resolver and directory are called from many threads.
  /// Throws std::system_error, or std::runtime_error when OpenSSL fails.
  GuestNetwork(World& world, GuestOptions options, NameResolver resolver, GuestDirectory directory);
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

  /// POST /guests/{address}/down and /up on the control service: the machine at an address stops and resumes answering.
  void mount_control(HttpService& control);

 private:
  class Network;
  std::unique_ptr<Network> network_;
};

}  // namespace muster::sandbox
