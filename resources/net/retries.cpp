#include "resources/net/retries.h"

#include <fmt/format.h>

#include "resources/contract/error.h"
#include "resources/net/throttle.h"

namespace muster::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int most_tries = 3;
constexpr milliseconds latest_try = 8s;

/// Half of it by chance, so that workers refused together do not come back together.
milliseconds back_off(Random& random) { return 1s + milliseconds(random.bits() % 1000); }

}  // namespace

HttpAnswer with_retries(Context& context, const std::function<HttpAnswer()>& attempt) {
  const auto started = context.clock.steady_now();
  milliseconds asked_for{0};
  int failures = 0;
  while (true) {
    try {
      return attempt();
    } catch (const Error& error) {
      if (error.fault() != Fault::transient) throw;
      if (wait_as_asked(error, asked_for, context)) continue;
      if (error.retry_after() || ++failures == most_tries) throw;
      const milliseconds delay = back_off(context.random);
      if (context.clock.steady_now() - started - asked_for + delay > latest_try) throw;
      context.logger.log(LogLevel::info, fmt::format("again in {:.1f} s: {}", static_cast<double>(delay.count()) / 1000,
                                                     error.message()));
      if (!context.clock.sleep(delay, context.stop)) {
        throw Error(Fault::interrupted, "stopped before the next request");
      }
    }
  }
}

}  // namespace muster::net
