#pragma once

// How fast and how often: the spacing of requests on a connection, and repetition with back-off.

#include <chrono>
#include <functional>
#include <mutex>

#include "resources/contract/context.h"
#include "resources/net/http.h"

namespace muster::openstack {

/// Spaces requests evenly, so that no second ever sees more than the limit. Thread-safe.
class Pace {
 public:
  explicit Pace(int requests_per_second);
  /// Blocks until this request's turn. Throws Error(interrupted) when stopped meanwhile.
  void wait(Context& context);

 private:
  const std::chrono::nanoseconds interval_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_{};
};

/// Runs `attempt` until it succeeds, throws anything but Error(transient), or has failed three times. Waits between as
/// Retry-After says, up to a minute, else 1 to 2 s with jitter; without a Retry-After nothing is begun again later than
/// eight seconds after the start, so that a service that is not there is told soon.
net::HttpAnswer with_retries(Context& context, const std::function<net::HttpAnswer()>& attempt);

}  // namespace muster::openstack
