#include "resources/openstack/pace.h"

#include <fmt/format.h>

#include <algorithm>

#include "resources/contract/error.h"

namespace muster::openstack {
namespace {

using namespace std::chrono_literals;

constexpr int most_retries = 5;
constexpr std::chrono::milliseconds longest_obeyed = 1min;

void sleep(Context& context, std::chrono::milliseconds duration) {
  if (duration > 0ms && !context.clock.sleep(duration, context.stop)) {
    throw Error(Fault::interrupted, "stopped before the next request");
  }
}

/// Half of it certain, half by chance, so that workers refused together do not come back together.
std::chrono::milliseconds back_off(int retry, Random& random) {
  const std::chrono::milliseconds full = std::min<std::chrono::milliseconds>(30s, 1s * (1 << retry));
  const auto half = static_cast<std::uint64_t>(full.count() / 2);
  return std::max<std::chrono::milliseconds>(1s, std::chrono::milliseconds(half + random.bits() % (half + 1)));
}

}  // namespace

Pace::Pace(int requests_per_second) : interval_(std::chrono::nanoseconds(1s) / std::max(1, requests_per_second)) {}

void Pace::wait(Context& context) {
  std::chrono::steady_clock::time_point turn;
  const auto now = context.clock.steady_now();
  {
    const std::lock_guard lock(mutex_);
    turn = std::max(next_, now);
    next_ = turn + interval_;
  }
  sleep(context, std::chrono::ceil<std::chrono::milliseconds>(turn - now));
}

net::HttpAnswer with_retries(Context& context, const std::function<net::HttpAnswer()>& attempt) {
  for (int retry = 0;; ++retry) {
    try {
      return attempt();
    } catch (const Error& error) {
      if (error.fault() != Fault::transient || retry == most_retries) throw;
      const auto asked = error.retry_after();
      if (asked && *asked > longest_obeyed) throw;
      const auto delay = asked ? *asked + std::chrono::milliseconds(context.random.bits() % 500)
                               : back_off(retry, context.random);
      context.logger.log(LogLevel::info, fmt::format("again in {:.1f} s: {}",
                                                     static_cast<double>(delay.count()) / 1000, error.message()));
      sleep(context, delay);
    }
  }
}

}  // namespace muster::openstack
