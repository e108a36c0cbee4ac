#pragma once

// How fast one connection may go: so many requests at the same time and so many a second, fewer while the server says
// that it is too much.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "resources/contract/context.h"
#include "resources/contract/error.h"
#include "resources/net/http.h"

namespace muster::net {

/// A refusal for the moment: 429 (RFC 6585 section 4), or 503 with Retry-After (RFC 9110 section 10.2.3). Nothing was
/// done, unless it is a 503 to what is not idempotent.
bool is_refused_for_now(const HttpAnswer& answer);

/// Additive increase, multiplicative decrease, as in TCP (RFC 5681 section 3.1), over a whole connection: a refusal for
/// the moment halves how many requests may be under way and how many begin a second, to one and to that part of the
/// rate at least; after as many successes as may be under way one more may. Refusals of requests that were under way
/// together count once.
///
/// After a refusal nothing is sent for as long as Retry-After says, else for 1, 2, 4 ... 30 s while refusals go on.
/// Thread-safe.
class Throttle {
 public:
  /// `concurrency`: at least 1. `per_second`: requests begin evenly spaced, so that no second ever sees more; 0: any.
  Throttle(int concurrency, int per_second);

  /// The right to send one request, for as long as it lives.
  class Turn {
   public:
    /// Blocks until it is this request's turn. Throws Error(interrupted) when stopped meanwhile, and Error(transient)
    /// that says when to come back where a pause is longer than one waits here (longest_wait). `throttle` outlives
    /// this.
    Turn(Throttle& throttle, Context& context);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    /// What came back. Without an answer nothing is learnt.
    void answered(const HttpAnswer& answer, Context& context);

   private:
    Throttle& throttle_;
    std::uint64_t refusals_;  ///< counted when it was sent
  };

  /// How long nothing is to be sent from now on.
  std::chrono::milliseconds pause_left(const Clock& clock) const;
  /// The part of a limit of the same kind that may be used now; at least 1.
  int scaled(int limit) const;

 private:
  void wait_for_slot(Context& context, std::uint64_t& refusals);
  void wait_for_pause(Context& context) const;
  void wait_for_pace(Context& context, std::uint64_t& refusals);
  void refused(const HttpAnswer& answer, std::uint64_t refusals_when_sent, Context& context);
  void succeeded();

  const int most_;
  const std::chrono::nanoseconds interval_;
  mutable std::mutex mutex_;
  std::condition_variable_any freed_;
  int allowed_;
  int under_way_ = 0;
  int successes_ = 0;           ///< since `allowed_` last moved
  int refused_in_a_row_ = 0;    ///< without a success between them
  std::uint64_t refusals_ = 0;  ///< that counted
  std::chrono::steady_clock::time_point next_{};
  std::chrono::steady_clock::time_point closed_until_{};
};

/// How long one waits here for a server that asks for it: minutes where a person or a whole reading waits, a moment
/// within a verb (Context::about), whose worker others need: who asked for it comes back without holding one.
std::chrono::milliseconds longest_wait(const Context& context);

/// For the repetition of reads. Sleeps as long as the server asked (Error::retry_after) and returns true; false when it
/// did not ask, or when that and what was slept for `slept` before is longer than longest_wait. Such waits are not
/// attempts. Throws Error(interrupted) when stopped.
bool wait_as_asked(const Error& error, std::chrono::milliseconds& slept, Context& context);

}  // namespace muster::net
