#pragma once

// One look at a guest from outside: does it answer?

#include <memory>
#include <stop_token>
#include <string>

#include "resources/net/network.h"

namespace muster::guest {

struct Probe {
  enum class Type { ssh, tcp, http, https };
  Type type = Type::ssh;
  std::string host;  ///< ssh, tcp: an address
  int port = 0;      ///< ssh, tcp
  std::string url;   ///< http, https
  bool verify_tls = true;
};

struct Finding {
  bool passed = false;
  /// For people: "SSH-2.0-OpenSSH_9.2", "203.0.113.7 port 22: connection refused".
  std::string evidence;
};

struct Route {
  std::string proxy;    ///< "socks5h://127.0.0.1:1080"; empty: directly
  std::string ca_file;  ///< PEM; empty: the system's
};

/// Thread-safe. Each probe takes three seconds at most.
class Prober {
 public:
  /// `network`: what carries the probes in place of the route; nullptr: sockets.
  explicit Prober(Route route, net::Network* network = nullptr);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  /// ssh: the server says who it is. tcp: the port accepts. http, https: the answer is a success or a redirect.
  /// A guest that does not answer is a finding; throws Error(interrupted) at once when `stop` is asked for, and else
  /// only for what no waiting can mend (libcurl fails to start).
  Finding look(const Probe& probe, const std::stop_token& stop) const;

 private:
  class Clients;
  Route route_;
  net::Network* network_;
  std::unique_ptr<Clients> clients_;
};

}  // namespace muster::guest
