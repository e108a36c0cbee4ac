#include "resources/ovh/zone_file.h"

#include <string>

#include "resources/contract/error.h"
#include "tests/support/catch.h"

using namespace muster::ovh;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<ZoneRecord> parse(std::string_view text) { return parse_zone_file(text, "example.com"); }

std::string refusal_of(std::string_view text) {
  try {
    parse(text);
  } catch (const muster::Error& error) {
    CHECK(error.fault() == muster::Fault::permanent);
    return error.message();
  }
  return {};
}

}  // namespace

TEST_CASE("a zone in the layout of OVH's text mode gives every record but the SOA") {
  const auto records = parse(
      "$TTL 3600\n"
      "@\tIN SOA dns18.ovh.net. tech.ovh.net. (2026012101 86400 3600 3600000 60)\n"
      "                IN NS     dns18.ovh.net.\n"
      "                IN MX     1 mx1.mail.ovh.net.\n"
      "                600 IN TXT    \"v=spf1 include:mx.ovh.com ~all\"\n"
      "_muster.my-event        IN TXT    \"heritage=muster,version=1\"\n"
      "abcde.my-event 60 IN A      192.0.2.1\n"
      "abcde.my-event 60 IN AAAA   2001:db8::1\n"
      "www             IN CNAME  example.com.\n");
  const std::vector<ZoneRecord> expected{
      {0, "", "NS", "dns18.ovh.net.", 0},
      {0, "", "MX", "1 mx1.mail.ovh.net.", 0},
      {0, "", "TXT", "v=spf1 include:mx.ovh.com ~all", 600},
      {0, "_muster.my-event", "TXT", "heritage=muster,version=1", 0},
      {0, "abcde.my-event", "A", "192.0.2.1", 60},
      {0, "abcde.my-event", "AAAA", "2001:db8::1", 60},
      {0, "www", "CNAME", "example.com.", 0},
  };
  CHECK(records == expected);
}

TEST_CASE("class and ttl may stand in either order or be absent") {
  const auto records = parse("a IN 60 A 192.0.2.1\nb 60 IN A 192.0.2.1\nc A 192.0.2.1\nd 1h30m a 192.0.2.1\n");
  REQUIRE(records.size() == 4);
  CHECK(records[0].ttl == 60);
  CHECK(records[1].ttl == 60);
  CHECK(records[2].ttl == 0);
  CHECK(records[3].ttl == 5400);
  CHECK(records[3].type == "A");
}

TEST_CASE("an owner may look like a ttl, a class or a type") {
  const auto records = parse("60 IN A 192.0.2.1\nin IN A 192.0.2.2\na A 192.0.2.3\n");
  REQUIRE(records.size() == 3);
  CHECK(records[0].name == "60");
  CHECK(records[1].name == "in");
  CHECK(records[2].name == "a");
}

TEST_CASE("names are absolute with a final dot and follow $ORIGIN without one") {
  const auto records = parse(
      "www.example.com. IN A 192.0.2.1\n"
      "@ IN A 192.0.2.2\n"
      "$ORIGIN my-event.example.com.\n"
      "abcde IN A 192.0.2.3\n"
      "@ IN CNAME abcde\n");
  REQUIRE(records.size() == 4);
  CHECK(records[0].name == "www");
  CHECK(records[1].name.empty());
  CHECK(records[2].name == "abcde.my-event");
  CHECK(records[3].name == "my-event");
  CHECK(records[3].target == "abcde.my-event.example.com.");
}

TEST_CASE("comments and blank lines say nothing, but a semicolon in quotes does") {
  const auto records = parse("; a comment\n\n   \na IN TXT \"k=v; p=x\" ; the rest\nb IN A 192.0.2.1;done\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].target == "k=v; p=x");
  CHECK(records[1].target == "192.0.2.1");
}

TEST_CASE("parentheses join lines, and their blanks are no owner") {
  const auto records =
      parse("k1._domainkey IN TXT ( \"v=DKIM1; k=rsa;\" ; first\n   \"p=MIIB\"\n  \"IjAN\" )\nb A 192.0.2.1\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].name == "k1._domainkey");
  CHECK(records[0].target == "v=DKIM1; k=rsa;p=MIIBIjAN");
  CHECK(records[1].name == "b");
}

TEST_CASE("a line without an owner continues the one before") {
  const auto records = parse("a IN A 192.0.2.1\n  IN A 192.0.2.2\n");
  REQUIRE(records.size() == 2);
  CHECK(records[1].name == "a");
}

TEST_CASE("escapes are resolved in texts") {
  const auto records = parse("a TXT \"say \\\"hi\\\"\"\nb TXT plain\nc CAA 0 issue \"letsencrypt.org\"\n");
  REQUIRE(records.size() == 3);
  CHECK(records[0].target == "say \"hi\"");
  CHECK(records[1].target == "plain");
  CHECK(records[2].target == "0 issue \"letsencrypt.org\"");
}

TEST_CASE("a file with carriage returns reads the same") {
  const auto records = parse("a IN A 192.0.2.1\r\nb IN A 192.0.2.2\r\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].target == "192.0.2.1");
}

TEST_CASE("times and names have the bounds that DNS gives them") {
  CHECK(parse("a 2147483647 A 192.0.2.1\n").at(0).ttl == 2147483647);
  CHECK(parse("a 3550w A 192.0.2.1\n").at(0).ttl == 3550 * 604'800);
  CHECK_THROWS_WITH(parse("a \"\" 192.0.2.1\n"), ContainsSubstring("a record without a type"));
  CHECK_THROWS_WITH(parse("a 3551w A 192.0.2.1\n"), ContainsSubstring("3551W is neither a time nor a type"));
  std::string weeks = "a ";
  for (int i = 0; i < 20'000; ++i) weeks += "2147483647w";
  CHECK_THROWS_WITH(parse(weeks + " A 192.0.2.1\n"), ContainsSubstring("is neither a time nor a type"));
  std::string deeper;
  for (int i = 0; i < 1'000; ++i) deeper += "$ORIGIN a\n";
  CHECK_THROWS_WITH(parse(deeper), ContainsSubstring("a name is longer than names can be"));
}

TEST_CASE("what is no zone file is refused with its line, never read as an empty zone") {
  CHECK(refusal_of("a IN A 192.0.2.1\n<html>\n").find("line 2") != std::string::npos);
  CHECK(refusal_of("$INCLUDE other.zone\n").find("$INCLUDE") != std::string::npos);
  CHECK(refusal_of("$TTL soon\n").find("$TTL soon") != std::string::npos);
  CHECK(refusal_of("a IN A (192.0.2.1\n").find("'('") != std::string::npos);
  CHECK(refusal_of("a IN A 192.0.2.1 )\n").find("')'") != std::string::npos);
  CHECK(refusal_of("a TXT \"open\n").find("'\"'") != std::string::npos);
  CHECK(refusal_of("a IN A\n").find("without a value") != std::string::npos);
}
