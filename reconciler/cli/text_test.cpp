#include "reconciler/cli/text.h"

#include "reconciler/cli/console.h"
#include "reconciler/cli/printable.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::cli;

TEST_CASE("a clipped line is never wider than asked, colours, accents and wide letters included") {
  CHECK(clip("short", 10) == "short");
  CHECK(clip("a line that is too long", 10) == "a line ...");
  CHECK(display_width(clip("\xC3\xA9t\xC3\xA9 \xC3\xA0 la plage", 8)) == 8);
  const std::string coloured = clip(Painter(true)(Colour::red, "red and much too long"), 8);
  CHECK(display_width(coloured) == 8);
  CHECK(with_colours(coloured, true) == "\x1b[31mred a...\x1b[0m");
  CHECK(clip("\u6771\u4eac\u90fd\u5343\u4ee3\u7530\u533a", 8) == "\u6771\u4eac...");
  CHECK(clip("e\u0301e\u0301e\u0301e\u0301e\u0301", 4) == "e\u0301...");
  CHECK(clip("\u00e9t\u00e9", 3) == "\u00e9t\u00e9");
}

TEST_CASE("of many names the first few are shown and the rest is counted") {
  const std::vector<std::string> names = {"anna", "bert", "carl", "dora", "emil"};
  CHECK(some_of(names, 80) == "anna, bert, carl, dora, emil");
  CHECK(some_of(names, 24) == "anna, bert and 3 more");
  CHECK(some_of(names, 1) == "anna and 4 more");
}

TEST_CASE("things are counted in words that people use") {
  CHECK(counted(1, noun_of("ovh.rrset")) == "1 record");
  CHECK(counted(5, noun_of("openstack.server")) == "5 servers");
  CHECK(counted(2, "address") == "2 addresses");
  CHECK(short_name({"ovh.rrset", "example.com/abcde.my-event/AAAA"}) == "AAAA abcde.my-event");
  CHECK(short_name({"openstack.server", "my-event/abcde"}) == "abcde");
}

TEST_CASE("durations read like a clock, from seconds to days") {
  using namespace std::chrono_literals;
  CHECK(duration_text(900ms) == "0 s");
  CHECK(duration_text(59s) == "59 s");
  CHECK(duration_text(64s) == "1 min 04 s");
  CHECK(duration_text(7500s) == "2 h 05 min");
  CHECK(duration_text(200h) == "8 d 8 h");
}

TEST_CASE("a line that is too wide goes on below, a little to the right; what has no blank stays whole") {
  CHECK(fitted("as it is\n\n  as well\n", 20) == "as it is\n\n  as well\n");
  CHECK(fitted("  = adopt  server  anna  203.0.113.7\n", 30) == "  = adopt  server  anna\n      203.0.113.7\n");
  CHECK(fitted("openstack.server:my-super-event/anna", 20) == "openstack.server:my-super-event/anna");
  CHECK(fitted("one two three four five six", 12) == "one two\n    three\n    four\n    five six");
  CHECK(fitted(Painter(true)(Colour::red, "red") + " and blue", 8) ==
        Painter(true)(Colour::red, "red") + " and\n    blue");
}

TEST_CASE("a number stays with what it counts, and a name with its number") {
  CHECK(wrap("calls made: 12 (nova 8, ovh 4)", 28, 4) == "calls made: 12 (nova 8,\n    ovh 4)");
  CHECK(wrap("it ends in 3 d 2 h", 16, 0) == "it ends in 3 d\n2 h");
  CHECK(wrap("since 2025-01-31 10:00 UTC", 22, 2) == "since\n  2025-01-31 10:00 UTC");
  CHECK(wrap("A anna -> 192.0.2.7, ttl 60", 16, 2) == "A anna\n  -> 192.0.2.7,\n  ttl 60");
  // Where the pair finds no line at all, it is broken like everything else.
  CHECK(wrap("1 2 3 4 5 6", 5, 0) == "1 2 3\n4 5 6");
  CHECK(fitted("  calls made: 12 (nova 8, ovh 4)", 30) == "  calls made: 12 (nova 8,\n      ovh 4)");
}

TEST_CASE("a text behind a head breaks where head and text are too wide together") {
  CHECK(wrap_after("  login  ", "a mapping; optional", 40, 6) == "  login  a mapping; optional");
  CHECK(wrap_after("  login  ", "a mapping; optional", 20, 6) == "  login  a mapping;\n      optional");
  CHECK(wrap_after("  perHostPassword  ", "true or false", 20, 6) == "  perHostPassword\n      true or false");
}

TEST_CASE("what is indented in a text stays so, and an empty line gets no blanks") {
  CHECK(wrap("one\n  two\n\nthree", 40, 4) == "one\n      two\n\n    three");
}

TEST_CASE("what stands behind hint: goes on below itself") {
  CHECK(fitted("hint:  did you mean this?", 16) == "hint:  did you\n       mean\n       this?");
  CHECK(fitted("    " + Painter(true)(Colour::bold, "hint:") + " add dns: a mapping", 24) ==
        "    " + Painter(true)(Colour::bold, "hint:") + " add dns: a\n          mapping");
  CHECK(fitted("https://a.example is one of them", 24) == "https://a.example is one\n    of them");
}
