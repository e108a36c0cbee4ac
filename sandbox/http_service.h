#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sandbox/http_message.h"
#include "sandbox/world.h"

namespace muster::sandbox {

class CallPipeline;

/// One simulated HTTP service on 127.0.0.1, or on no socket at all (World::has_network). For every call it waits for
/// the world's latency (half before, half after processing), asks the fault script, applies the rate limit, runs the
/// handler and writes the call to the ledger.
///
/// Set up (route, fallback, finish) from one thread, then start(). Handlers run on many threads at once. Idle
/// connections hold no thread. The destructor stops.
class HttpService {
 public:
  struct Options {
    std::string name;                ///< as the ledger and the fault script know it: "nova", "ovh" ...
    int port = 0;                    ///< 0 picks a free one
    bool close_connections = false;  ///< answer "Connection: close" every time, as keystone does
    double requests_per_second = 0;  ///< 0: no limit
    double burst = 0;                ///< so many may come at once; 0: a second's worth
    Response too_many{};             ///< the answer beyond the limit; Retry-After is added when it has none
    bool unrecorded = false;         ///< keeps calls out of ledger, faults, latency and limit (the control service)
  };

  /// Binds at once, so port() is known before the service starts. Throws std::system_error when it cannot.
  HttpService(World& world, const Options& options);
  ~HttpService();
  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;

  /// `pattern` as in Router::add: /v2.1/{project}/servers/{id}. A HEAD goes to the GET route and loses its body.
  void route(std::string method, std::string_view pattern, Handler handler);
  /// Answers what no route fits. Without one: 404 without a body.
  void fallback(Handler handler);
  /// Runs on every answer, also those of faults and limits: for headers that all answers carry.
  void finish(std::function<void(const Request&, Response&)> touch);

  /// One call on the caller's thread, with all that happens to one that comes over a socket. Safe from any thread.
  Outcome call(Request& request);

  /// Does nothing without a network.
  void start();
  /// Ends every connection, waits for the running handlers. Idempotent.
  void stop();

  int port() const;         ///< 0 without a network
  std::string url() const;  ///< http://127.0.0.1:PORT, or http://NAME.sandbox without a network

 private:
  class Server;
  const std::string name_;
  std::unique_ptr<CallPipeline> pipeline_;
  std::unique_ptr<Server> server_;  ///< null without a network
};

}  // namespace muster::sandbox
