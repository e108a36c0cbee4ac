// Which secrets a run needs follows from the calendar.

#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/cli/season_for_test.h"
#include "tests/support/catch.h"

using muster::Time;
using muster::test::manifest_of;
using muster::test::Party;
using muster::test::party_now;
using muster::test::Ran;
using muster::test::records;
using muster::test::SeasonalWorkshop;
using std::chrono::hours;

namespace {

/// Relative to now.
SeasonalWorkshop from(hours begin, hours end) { return {.from = party_now() + begin, .expires = party_now() + end}; }
std::string running() { return manifest_of(from(hours(-8), hours(1))); }
std::string over() { return manifest_of(from(hours(-8), hours(-2))); }
std::string coming(const std::string& rest = "") {
  SeasonalWorkshop workshop = from(hours(48), hours(56));
  workshop.rest = rest;
  return manifest_of(workshop);
}

/// A night on which nobody set the variable, with a host that was made before.
struct Night : Party {
  Night() : Party(0) {
    write("event.yaml", running());
    REQUIRE(run({"apply", "--yes"}).code == 0);
    set_variable("EVENT_PASSWORD", "");
  }

  /// Of another workshop, whose password is known.
  void add_neighbour() {
    set_variable("OTHER_PASSWORD", "not-a-real-password-either");
    SeasonalWorkshop other = from(hours(-1), hours(8));
    other.name = "neighbour";
    other.password = "OTHER_PASSWORD";
    write("neighbour.yaml", manifest_of(other));
  }
};

constexpr const char* lacks = "the environment variable EVENT_PASSWORD is empty";

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("hosts whose time is over go without the password that they were made with") {
  Night night;
  CHECK(night.run({"reconcile"}).code == 3);
  night.write("event.yaml", over());

  const Ran planned = night.run({"plan"});
  INFO(planned.screen);
  CHECK(planned.code == 2);
  CHECK(planned.screen.find("EVENT_PASSWORD") == std::string::npos);

  const Ran ran = night.run({"reconcile"});
  INFO(ran.screen);
  CHECK(ran.code == 0);
  CHECK(night.alive("server") == 0);
  CHECK(night.alive("record") == 0);
  CHECK(night.run({"reconcile"}).code == 0);
}

TEST_CASE("a workshop that is over keeps no other command from its work") {
  Night night;
  night.write("event.yaml", over());
  night.add_neighbour();
  REQUIRE(night.run({"apply", "--yes", "--except", "Workshop/my-event"}).code == 0);

  const Ran doctor = night.run({"doctor"});
  INFO(doctor.screen);
  CHECK(doctor.code == 0);
  CHECK(doctor.screen.find("EVENT_PASSWORD") == std::string::npos);

  const Ran listed = night.run({"list", "--credentials"});
  INFO(listed.screen);
  CHECK(listed.code == 0);
  CHECK(listed.out.find("| attendee |") != std::string::npos);
  CHECK(count_of(listed.err, std::string("warning: spec.login.password: ") + lacks) == 1);
  for (const auto& host : records(night.run({"list", "--credentials", "--json"}).out)) {
    if (host.at("type") == "host") CHECK(host.at("password").is_null() == (host.at("manifest") == "Workshop/my-event"));
  }
  CHECK(night.run({"adopt", "--yes"}).code == 0);
}

TEST_CASE("what would be made is shown without a secret being read") {
  Night night;
  const Ran rendered = night.run({"render"});
  CHECK(rendered.code == 0);
  CHECK(rendered.screen.find("[secret]") != std::string::npos);
  CHECK(rendered.screen.find("EVENT_PASSWORD") == std::string::npos);
}

TEST_CASE("a password that a running workshop still needs is missed for that one alone") {
  Night night;
  night.write("event.yaml", over());
  SeasonalWorkshop next = from(hours(0), hours(8));
  next.name = "next";
  night.write("next.yaml", manifest_of(next));
  const Ran ran = night.run({"reconcile"});
  INFO(ran.screen);
  CHECK(ran.code == 3);
  CHECK(count_of(ran.err, lacks) == 1);
  CHECK(ran.err.find("next.yaml:") != std::string::npos);
  CHECK(ran.err.find("it is needed at") == std::string::npos);
  CHECK(night.alive("server") == 1);
}

TEST_CASE("the password of a workshop that has not begun is nobody's business yet") {
  Night night;
  night.write("event.yaml", over());
  night.add_neighbour();
  SeasonalWorkshop next = from(hours(48), hours(56));
  next.name = "next";
  night.write("next.yaml", manifest_of(next));
  const Ran ran = night.run({"reconcile"});
  INFO(ran.screen);
  CHECK(ran.code == 0);
  CHECK(ran.screen.find("EVENT_PASSWORD") == std::string::npos);
  CHECK(night.cloud().ledger().counts("server").created == 2);
  CHECK(night.cloud().ledger().counts("server").deleted == 1);
  CHECK(night.run({"plan"}).code == 0);

  const Ran doctor = night.run({"doctor"});
  INFO(doctor.screen);
  CHECK(doctor.code == 0);
  CHECK(doctor.out.find("Workshop/next needs it from ") != std::string::npos);
}

TEST_CASE("hosts that stand before their time stay, and only their secret is not compared") {
  Night night;
  night.write("event.yaml", coming("  lifecycle: {protect: true}\n"));
  const std::string not_compared = std::string("spec.login.password is not compared: ") + lacks;
  const Ran planned = night.run({"plan"});
  INFO(planned.screen);
  CHECK(planned.code == 2);
  CHECK(count_of(planned.err, not_compared) == 1);
  CHECK(planned.out.find("1 to update") != std::string::npos);

  const Ran ran = night.run({"reconcile"});
  INFO(ran.screen);
  CHECK(ran.code == 0);
  CHECK(count_of(ran.err, not_compared) == 1);
  CHECK(night.alive("server") == 1);
  CHECK(night.run({"plan"}).code == 0);

  night.set_variable("EVENT_PASSWORD", "not-a-real-password-either");
  CHECK(night.run({"plan"}).out.find("user_data") != std::string::npos);
}

TEST_CASE("a host that stands before its time is not given up for one that cannot be made") {
  Night night;
  std::string other_flavor = coming("  lifecycle: {replace: now}\n");
  other_flavor.replace(other_flavor.find("d2-2"), 4, "d2-4");
  night.write("event.yaml", other_flavor);
  const Ran ran = night.run({"reconcile"});
  INFO(ran.screen);
  CHECK(ran.code == 1);
  CHECK(ran.screen.find("a secret that it is made with cannot be read") != std::string::npos);
  CHECK(night.cloud().ledger().counts("server").deleted == 0);
}

TEST_CASE("the plan of another day needs the secrets of that day") {
  Night night;
  night.write("event.yaml", coming());
  CHECK(night.run({"plan", "--at", "40h"}).code != 3);
  const Ran during = night.run({"plan", "--at", "50h"});
  INFO(during.screen);
  CHECK(during.code == 3);
  CHECK(count_of(during.err, lacks) == 1);

  night.write("event.yaml", running());
  CHECK(night.run({"plan"}).code == 3);
  const Ran afterwards = night.run({"plan", "--at", "3d"});
  INFO(afterwards.screen);
  CHECK(afterwards.code == 2);
  CHECK(afterwards.err.find("EVENT_PASSWORD") == std::string::npos);
}
