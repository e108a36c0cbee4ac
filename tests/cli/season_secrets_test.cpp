// Which secrets a run needs follows from the calendar.

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "reconciler/cli/text.h"
#include "tests/cli/party.h"
#include "tests/support/catch.h"
#include "tests/support/hasty_clock.h"

using muster::Time;
using muster::test::HastyClock;
using muster::test::Party;
using muster::test::Ran;
using std::chrono::hours;

namespace {

std::string workshop(const std::string& name, Time from, Time expires) {
  return fmt::format(R"(apiVersion: muster/v1
kind: Workshop
metadata: {{name: {}}}
spec:
  project: cloud
  dns: {{account: dns, zone: example.com}}
  hosts: 1
  image: Debian 12
  flavor: d2-2
  login: {{user: attendee, password: {{env: EVENT_PASSWORD}}}}
  tls: internal
  from: {}
  expires: {}
)",
                     name, muster::cli::iso_text(from), muster::cli::iso_text(expires));
}

Time now() { return HastyClock().now(); }

/// A night on which nobody set the variable.
struct Night : Party {
  Night() : Party(0) {
    write("event.yaml", workshop("my-event", now() - hours(8), now() + hours(1)));
    REQUIRE(run({"apply", "--yes"}).code == 0);
    set_variable("EVENT_PASSWORD", "");
  }
};

constexpr const char* lacks = "the environment variable EVENT_PASSWORD is empty";

}  // namespace

TEST_CASE("hosts whose time is over go without the password that they were made with") {
  Night night;
  CHECK(night.run({"reconcile"}).code == 3);
  night.write("event.yaml", workshop("my-event", now() - hours(8), now() - hours(2)));

  const Ran planned = night.run({"plan"});
  INFO(planned.screen);
  CHECK(planned.code == 2);
  CHECK(planned.screen.find("EVENT_PASSWORD") == std::string::npos);
  CHECK(night.run({"list", "--credentials"}).code == 3);

  const Ran ran = night.run({"reconcile"});
  INFO(ran.screen);
  CHECK(ran.code == 0);
  CHECK(night.cloud().ledger().counts("server").alive() == 0);
  CHECK(night.cloud().ledger().counts("record").alive() == 0);
  CHECK(night.run({"reconcile"}).code == 0);
}

TEST_CASE("a password that another workshop still needs is missed for that one alone") {
  Night night;
  night.write("event.yaml", workshop("my-event", now() - hours(8), now() - hours(2)));
  night.write("next.yaml", workshop("next", now() + hours(48), now() + hours(56)));
  const Ran ran = night.run({"reconcile"});
  INFO(ran.screen);
  CHECK(ran.code == 3);
  const auto at = ran.err.find(lacks);
  REQUIRE(at != std::string::npos);
  CHECK(ran.err.find(lacks, at + 1) == std::string::npos);
  CHECK(ran.err.find("next.yaml:") != std::string::npos);
  CHECK(ran.err.find("it is needed at") == std::string::npos);
  CHECK(night.cloud().ledger().counts("server").alive() == 1);
}
