#include "reconciler/cli/values.h"

#include "resources/contract/error.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::cli;

namespace {

template <typename Read>
std::string refusal(Read read) {
  try {
    read();
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::usage);
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("a number outside its range is refused with the range, never cut to fit") {
  CHECK(number_from("65535", "--port", {0, 65535}) == 65535);
  CHECK(refusal([] {
          number_from("70000", "--port", {0, 65535});
        }) == "--port takes a whole number from 0 to 65535, not '70000'");
  CHECK(refusal([] { number_from("-1", "--seed"); }) == "--seed takes a whole number from 0 up, not '-1'");
  CHECK(refusal([] { number_from("99999999999999999999", "--seed"); }) != "");
  CHECK(refusal([] { number_from("5 ", "--seed"); }) != "");
  CHECK(refusal([] { number_from("", "--seed"); }) != "");
}

TEST_CASE("times, fractions and answers are read to their last character") {
  using namespace std::chrono_literals;
  CHECK(duration_from("20ms", "--latency") == 20ms);
  CHECK(duration_from("5m", "--max-age") == 5min);
  CHECK(refusal([] { duration_from("soon", "--max-age"); }) ==
        "--max-age takes a time such as 90s, 5m or 2h, not 'soon'");
  CHECK(duration_from("0", "--max-age") == 0s);
  CHECK(refusal([] { duration_from("5", "--max-age"); }) == "--max-age takes a time such as 90s, 5m or 2h, not '5'");
  CHECK(fraction_from("0.5", "x") == 0.5);
  CHECK(refusal([] { fraction_from("nan", "x"); }) != "");
  CHECK(refusal([] { fraction_from("-2", "x"); }) != "");
  CHECK(yes_no_from("no", "x") == false);
  CHECK(refusal([] { yes_no_from("maybe", "x"); }) == "x takes yes or no, not 'maybe'");
}

TEST_CASE("a moment is an age or a date in UTC, to its last character") {
  using namespace std::chrono_literals;
  const muster::Time now{std::chrono::seconds(1'763'720'000)};  // 2025-11-21 10:13:20
  CHECK(moment_from("90m", "--since", now) == now - 90min);
  CHECK(moment_from("3d", "--since", now) == now - 72h);
  CHECK(moment_from("2025-11-21", "--since", now) == muster::Time{std::chrono::seconds(1'763'683'200)});
  CHECK(moment_from("2025-11-21T10:13:20Z", "--since", now) == now);
  CHECK(moment_from("2025-11-21T10:13", "--since", now) == now - 20s);
  for (const char* wrong : {"", "d", "yesterday", "2025-02-31", "2025-11-21 10:00", "2025-11-21T", "-3d", "3d4h"})
    CHECK(refusal([&] { moment_from(wrong, "--since", now); }) ==
          "--since takes an age such as 90m, 2h or 3d, or a date such as 2026-11-20, 2026-11-20T10:00 (UTC) or "
          "2026-11-20T10:00+01:00, not '" +
              std::string(wrong) + "'");
}
