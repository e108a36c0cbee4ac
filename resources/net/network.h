#pragma once

// What carries requests instead of sockets: a simulated world's network.

#include <stop_token>
#include <string>
#include <variant>

#include "resources/net/http.h"

namespace muster::net {

/// A request that ended without a whole answer.
struct Unanswered {
  Progress progress = Progress::not_sent;
  std::string cause;  ///< for people: "connection refused"
};

/// Outlives every client that was made with it. Thread-safe; every call may block, and ends early with an Unanswered
/// once `stop` is asked for.
class Network {
 public:
  virtual ~Network() = default;
  virtual std::variant<HttpAnswer, Unanswered> send(const HttpRequest& request, const std::stop_token& stop) = 0;
  /// What a TCP server at an address says first; empty: nothing.
  virtual std::variant<std::string, Unanswered> greeting(const std::string& host, int port,
                                                         const std::stop_token& stop) = 0;
};

}  // namespace muster::net
