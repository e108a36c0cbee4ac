#include "resources/openstack/pace.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "resources/contract/error.h"

namespace muster::openstack {
namespace {

using namespace std::chrono_literals;

constexpr int most_tries = 3;
constexpr std::chrono::milliseconds longest_obeyed = 1min;
constexpr std::chrono::milliseconds latest_try = 8s;

void sleep(Context& context, std::chrono::milliseconds duration) {
  if (duration > 0ms && !context.clock.sleep(duration, context.stop)) {
    throw Error(Fault::interrupted, "stopped before the next request");
  }
}

/// Half of it by chance, so that workers refused together do not come back together.
std::chrono::milliseconds back_off(Random& random) { return 1s + std::chrono::milliseconds(random.bits() % 1000); }

/// Nothing when it is not worth another try.
std::optional<std::chrono::milliseconds> delay_after(const Error& error, std::chrono::nanoseconds spent,
                                                     Random& random) {
  if (const auto asked = error.retry_after()) {
    if (*asked > longest_obeyed) return std::nullopt;
    return *asked + std::chrono::milliseconds(random.bits() % 500);
  }
  const auto delay = back_off(random);
  if (spent + delay > latest_try) return std::nullopt;
  return delay;
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

Slots::Slots(int most) : free_(std::max(1, most)) {}

Slots::Held::Held(Slots& slots, Context& context) : slots_(slots) {
  std::unique_lock lock(slots_.mutex_);
  if (!slots_.freed_.wait(lock, context.stop, [&] { return slots_.free_ > 0; }))
    throw Error(Fault::interrupted, "stopped before the next request");
  --slots_.free_;
}

Slots::Held::~Held() {
  const std::lock_guard lock(slots_.mutex_);
  ++slots_.free_;
  slots_.freed_.notify_one();
}

net::HttpAnswer with_retries(Context& context, const std::function<net::HttpAnswer()>& attempt) {
  const auto started = context.clock.steady_now();
  for (int tries = 1;; ++tries) {
    try {
      return attempt();
    } catch (const Error& error) {
      if (error.fault() != Fault::transient || tries == most_tries) throw;
      const auto delay = delay_after(error, context.clock.steady_now() - started, context.random);
      if (!delay) throw;
      context.logger.log(LogLevel::info, fmt::format("again in {:.1f} s: {}",
                                                     static_cast<double>(delay->count()) / 1000, error.message()));
      sleep(context, *delay);
    }
  }
}

}  // namespace muster::openstack
