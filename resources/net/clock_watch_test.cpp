// What the Date of answers tells about two clocks, and when that is worth a word.

#include "resources/net/clock_watch.h"

#include "tests/support/catch.h"

namespace muster::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// 1994-11-06T08:49:37Z, the date of RFC 9110's example.
constexpr Time told{seconds(784'111'777)};

HttpAnswer dated(std::vector<std::pair<std::string, std::string>> more = {}) {
  HttpAnswer answer{200, {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}, {}};
  answer.headers.insert(answer.headers.end(), more.begin(), more.end());
  return answer;
}

std::optional<seconds> learnt(const HttpAnswer& answer, Time asked, Time came) {
  ClockWatch watch;
  watch.saw(answer, asked, came);
  return watch.difference();
}

TEST_CASE("a Date between asking and answering shows no difference, however long the answer took") {
  CHECK(learnt(dated(), told - seconds(40), told + seconds(40)) == seconds(0));
  CHECK(learnt(dated(), told + milliseconds(900), told + milliseconds(950)) == seconds(0));
}

TEST_CASE("a Date outside of that shows which clock is ahead") {
  CHECK(learnt(dated(), told - seconds(90), told - seconds(80)) == seconds(80));
  CHECK(learnt(dated(), told + seconds(91), told + seconds(95)) == seconds(-90));
}

TEST_CASE("answers without a Date and answers from caches teach nothing") {
  CHECK_FALSE(learnt(HttpAnswer{200, {}, {}}, told, told));
  CHECK_FALSE(learnt(HttpAnswer{200, {{"Date", "yesterday"}}, {}}, told, told));
  CHECK_FALSE(learnt(dated({{"Age", "600"}}), told + seconds(700), told + seconds(700)));
}

TEST_CASE("of several answers the one that fits best counts") {
  ClockWatch watch;
  watch.saw(dated(), told + seconds(500), told + seconds(500));
  watch.saw(dated(), told + seconds(3), told + seconds(3));
  watch.saw(dated(), told - seconds(70), told - seconds(70));
  CHECK(watch.difference() == seconds(-2));
}

TEST_CASE("more than a minute is a warning, more than five an error, and the words say which clock") {
  CHECK_FALSE(clock_problem("Nova", seconds(60)));
  CHECK_FALSE(clock_problem("Nova", seconds(-60)));
  const auto behind = clock_problem("Nova", seconds(61));
  REQUIRE(behind);
  CHECK(behind->severity == Severity::warning);
  CHECK(behind->message == "this machine's clock is 61 s behind that of Nova");
  CHECK(clock_problem("Nova", seconds(300))->severity == Severity::warning);
  const auto ahead = clock_problem("Nova", seconds(-3'601));
  REQUIRE(ahead);
  CHECK(ahead->severity == Severity::error);
  CHECK(ahead->message == "this machine's clock is about 60 minutes ahead of that of Nova");
  CHECK(ahead->hint.find("timedatectl") != std::string::npos);
}

TEST_CASE("an examination tells the difference either way, and warns of what is worth a word") {
  CHECK(clock_finding("OVH", seconds(-60), "mend it") == Finding{FindingState::ok, "clock", "60 s from OVH's"});
  CHECK(clock_finding("OVH", seconds(61), "mend it") ==
        Finding{FindingState::warning, "clock", "this machine is 61 s behind OVH", "mend it"});
  CHECK(clock_finding("the cloud", seconds(-3'601), "mend it") ==
        Finding{FindingState::warning, "clock", "this machine is 3601 s ahead of the cloud", "mend it"});
}

}  // namespace
}  // namespace muster::net
