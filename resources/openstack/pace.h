#pragma once

// How many, how fast and how often: requests at the same time on a connection, their spacing, and repetition with
// back-off.

#include <chrono>
#include <condition_variable>
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

/// Lets no more than `most` requests be under way at the same time. Thread-safe.
class Slots {
 public:
  explicit Slots(int most);

  /// A request's slot, for as long as this lives.
  class Held {
   public:
    /// Blocks until one is free. Throws Error(interrupted) when stopped meanwhile. `slots` outlives this.
    Held(Slots& slots, Context& context);
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    Slots& slots_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable_any freed_;
  int free_;
};

/// Runs `attempt` until it succeeds, throws anything but Error(transient), or has failed three times. Waits between as
/// Retry-After says, up to a minute, else 1 to 2 s with jitter; without a Retry-After nothing is begun again later than
/// eight seconds after the start, so that a service that is not there is told soon.
net::HttpAnswer with_retries(Context& context, const std::function<net::HttpAnswer()>& attempt);

}  // namespace muster::openstack
