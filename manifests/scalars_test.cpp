#include "manifests/scalars.h"

#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

TEST_CASE("integers are decimal and fit into 64 bits, or are none") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-12") == -12);
  CHECK(parse_integer("9223372036854775807") == INT64_MAX);
  CHECK(parse_integer("-9223372036854775808") == INT64_MIN);
  for (const char* text : {"", "-", "-0", "007", "+1", "1.0", "1e3", "0x10", "1_000", " 1", "9223372036854775808"}) {
    INFO(text);
    CHECK_FALSE(parse_integer(text));
  }
}

TEST_CASE("durations are a number and a unit") {
  CHECK(parse_duration("90s") == 90);
  CHECK(parse_duration("15m") == 900);
  CHECK(parse_duration("2h") == 7200);
  CHECK(parse_duration("3d") == 259200);
  CHECK(parse_duration("0s") == 0);
  for (const char* text : {"", "s", "90", "-1s", "1.5h", "1h30m", "2w", "1 h", "9223372036854775807d"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("a printed duration reads back") {
  for (const std::int64_t seconds : {0L, 1L, 59L, 60L, 90L, 3600L, 86400L, 90000L}) {
    CHECK(parse_duration(format_duration(seconds)) == seconds);
  }
  CHECK(format_duration(86400) == "1d");
  CHECK(format_duration(5400) == "90m");
}

TEST_CASE("times need a date that exists, a time of day and an offset") {
  CHECK(parse_timestamp("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_timestamp("2026-05-04T18:00:00+02:00") == 1777910400);
  CHECK(parse_timestamp("2026-05-04 18:00+02:00") == 1777910400);
  CHECK(parse_timestamp("2024-02-29T12:00Z") == 1709208000);
  CHECK(parse_timestamp("1969-12-31T23:59:59-00:30") == 1799);
  for (const char* text : {"", "2026-05-04", "2026-05-04T18:00:00", "2026-02-30T00:00Z", "2026-13-01T00:00Z",
                           "2026-05-04T24:00Z", "2026-05-04T18:60Z", "2026-05-04T18:00:60Z", "2026-05-04T18:00:00.5Z",
                           "2026-05-04T18:00Zulu", "26-05-04T18:00Z", "2026-05-04T18:00+2"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

}  // namespace
}  // namespace muster::manifests
