#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "sandbox/http_message.h"
#include "sandbox/http_service.h"
#include "sandbox/list_faults.h"
#include "sandbox/router.h"

namespace muster::sandbox {

/// What happens to one call between its last byte in and its first byte out: latency, fault, rate limit, handler,
/// ledger. process() is safe from any thread once the public members are set.
class CallPipeline {
 public:
  CallPipeline(World& world, HttpService::Options options);

  Router router;
  Handler fallback;
  std::function<void(const Request&, Response&)> finish;

  Outcome process(Request& request);
  /// Ends all waiting; later calls do not wait at all.
  void hurry();
  bool closes_connections() const { return options_.close_connections; }

 private:
  Response handle(Request& request) const;
  Outcome apply(const Fault& fault, Request& request);
  Response handle_spoilt(const Fault& fault, Request& request);
  bool within_limit();
  void wait(std::chrono::microseconds duration);

  World& world_;
  StaleAnswers stale_;
  const HttpService::Options options_;
  std::mutex mutex_;
  std::condition_variable hurried_;
  bool hurry_ = false;
  const double burst_;
  double tokens_;
  std::chrono::steady_clock::time_point refilled_;
};

}  // namespace muster::sandbox
