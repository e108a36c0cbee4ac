// A cloud that answers 429: it is left alone as long as it asks, and nobody who presses Ctrl+C waits for it.

#include <chrono>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <thread>

#include "tests/cli/party.h"
#include "tests/support/catch.h"
#include "tests/support/hasty_clock.h"

namespace muster::test {

TEST_CASE("Ctrl+C ends a run at once while the cloud asks its reads to wait") {
  sandbox::SandboxOptions options = Party::quick_cloud();
  options.openstack.boot_time = std::chrono::minutes(10);
  Party party(2, options);
  constexpr std::chrono::seconds asked{280};
  party.cloud().faults().load({{"rules",
                                {{{"service", "nova"},
                                  {"method", "GET"},
                                  {"path", "/servers/[^/?]*$"},
                                  {"action", "status"},
                                  {"status", 429},
                                  {"headers", {{"Retry-After", std::to_string(asked.count())}}}}}}});
  std::stop_source stop;
  std::jthread finger([&](const std::stop_token& is_over) {
    while (party.cloud().faults().met() == 0 && !is_over.stop_requested())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stop.request_stop();
  });
  const auto began = std::chrono::steady_clock::now();
  const Ran ran = party.run_until({"apply", "--yes"}, stop.get_token());
  INFO(ran.screen);
  CHECK(ran.code != 0);
  CHECK(party.cloud().faults().met() > 0);
  CHECK(std::chrono::steady_clock::now() - began < asked / haste);
}

}  // namespace muster::test
