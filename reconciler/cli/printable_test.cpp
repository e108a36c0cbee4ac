#include "reconciler/cli/printable.h"

#include <nlohmann/json.hpp>
#include <string>

#include "reconciler/cli/console.h"
#include "reconciler/cli/json.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::cli;

TEST_CASE("what would steer a terminal is spelled out, and plain text of any language stays") {
  CHECK(printable("plain text,\n\tits lines and tabs") == "plain text,\n\tits lines and tabs");
  CHECK(printable("d\u00e9j\u00e0 vu \u6771\u4eac \u0395\u03bb\u03bb\u03ac\u03b4\u03b1 \U0001F389") ==
        "d\u00e9j\u00e0 vu \u6771\u4eac \u0395\u03bb\u03bb\u03ac\u03b4\u03b1 \U0001F389");
  CHECK(printable("\x1b]0;owned\x07") == "\\u001b]0;owned\\u0007");
  CHECK(printable("\x1b[2J\x1b[31mred") == "\\u001b[2J\\u001b[31mred");
  CHECK(printable("100 %\rerror") == "100 %\\u000derror");
  CHECK(printable("\x08\x7f") == "\\u0008\\u007f");
  CHECK(printable(std::string("nul\0", 4)) == "nul\\u0000");
}

TEST_CASE("C1 controls, direction overrides and what cannot be seen are spelled out") {
  CHECK(printable("\u009b2J") == "\\u009b2J");
  CHECK(printable("safe\u202egnp.exe") == "safe\\u202egnp.exe");
  CHECK(printable("\u2066a\u2069 b\u200bc \ufeff \u2028") == "\\u2066a\\u2069 b\\u200bc \\ufeff \\u2028");
  CHECK(printable("tag \U000E0041") == "tag \\udb40\\udc41");
}

TEST_CASE("bytes that are no UTF-8 are replaced one by one") {
  CHECK(printable("a\x9b"
                  "2Jb") == "a\uFFFD2Jb");
  CHECK(printable("\xC3") == "\uFFFD");
  CHECK(printable("\xC0\xAF") == "\uFFFD\uFFFD");
  CHECK(printable("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");
  CHECK(printable("\xF5\xFE?") == "\uFFFD\uFFFD?");
}

TEST_CASE("only our own marks become colours, and none where nobody wants them") {
  const std::string text = Painter(true)(Colour::red, "error:") + " \x1b[32mall is well\x1b[0m";
  CHECK(with_colours(printable(text), true) == "\x1b[31merror:\x1b[0m \\u001b[32mall is well\\u001b[0m");
  CHECK(with_colours(printable(text), false) == "error: \\u001b[32mall is well\\u001b[0m");
  CHECK(with_colours("a\xFErb", true) == "a\x1b[31mb\x1b[0m");
}

TEST_CASE("a record stays the same JSON and has nothing in it that a terminal would obey") {
  const std::string words = "\x1b]0;owned\x07 \u009b2J \u202e \x7f \U000E0041 d\u00e9j\u00e0";
  Json json = record("error");
  json["message"] = words;
  const std::string safe = printable(line(json));
  CHECK(Json::parse(safe) == json);
  CHECK(printable(safe) == safe);
  for (const char byte : safe) CHECK((static_cast<unsigned char>(byte) >= ' ' || byte == '\n'));
  CHECK(safe.find('\x7f') == std::string::npos);
  CHECK(safe.find("\u009b") == std::string::npos);
}
