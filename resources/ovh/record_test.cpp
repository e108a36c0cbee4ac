#include "resources/ovh/record.h"

#include "tests/support/catch.h"

using namespace muster::ovh;

TEST_CASE("a TXT means the same whether OVH shows it quoted or not") {
  CHECK(decode_txt("v=spf1 -all") == "v=spf1 -all");
  CHECK(decode_txt("\"v=spf1 -all\"") == "v=spf1 -all");
  CHECK(decode_txt("\"first \" \"second\"") == "first second");
  CHECK(decode_txt("\"a \\\"word\\\" and \\\\\"") == "a \"word\" and \\");
  CHECK(decode_txt("\"\\065\\066\"") == "AB");
  CHECK(decode_txt("\"\"").empty());
}

TEST_CASE("a long TXT is joined from its strings of 255 bytes") {
  const std::string quoted = "\"" + std::string(255, 'a') + "\" \"" + std::string(45, 'b') + "\"";
  CHECK(decode_txt(quoted) == std::string(255, 'a') + std::string(45, 'b'));
}

TEST_CASE("targets are compared in one form per type") {
  const std::string zone = "Example.com";
  CHECK(canonical_target("A", " 192.0.2.1 ", zone) == "192.0.2.1");
  CHECK(canonical_target("AAAA", "2001:DB8:0:0::1", zone) == "2001:db8::1");
  CHECK(canonical_target("CNAME", "www", zone) == "www.example.com.");
  CHECK(canonical_target("CNAME", "WWW.Example.org.", zone) == "www.example.org.");
  CHECK(canonical_target("CNAME", "@", zone) == "example.com.");
  CHECK(canonical_target("MX", "10   mail", zone) == "10 mail.example.com.");
  CHECK(canonical_target("SRV", "0 5 5060 sip.example.net.", zone) == "0 5 5060 sip.example.net.");
  CHECK(canonical_target("CAA", "0  issue \"letsencrypt.org\"", zone) == "0 issue \"letsencrypt.org\"");
  CHECK(canonical_target("SPF", "\"v=spf1 -all\"", zone) == "v=spf1 -all");
}

TEST_CASE("a malformed address stays as it is, so that it shows up as a difference") {
  CHECK(canonical_target("A", "192.0.2.300", "example.com") == "192.0.2.300");
}

TEST_CASE("names are relative to their zone, folded, and empty at the apex") {
  CHECK(relative_name("@", "example.com").empty());
  CHECK(relative_name("Example.Com.", "example.com").empty());
  CHECK(relative_name("ABCDE.my-event", "example.com") == "abcde.my-event");
  CHECK(relative_name("www.example.com.", "example.com") == "www");
  CHECK(relative_name("www.example.org.", "example.com") == "www.example.org.");
}

TEST_CASE("records of one name and served type form one set") {
  const std::vector<ZoneRecord> records{{1, "www", "A", "192.0.2.1", 60},
                                        {2, "www", "A", "192.0.2.2", 60},
                                        {3, "www", "A", "192.0.2.1", 300},
                                        {4, "", "SPF", "v=spf1 -all", 0},
                                        {5, "", "TXT", "hello", 0}};
  const RRsets sets = group_records(records, "example.com");
  REQUIRE(sets.size() == 2);
  const RRset& www = sets.at({"www", "A"});
  CHECK(www.targets == std::set<std::string>{"192.0.2.1", "192.0.2.2"});
  CHECK(www.ttls == std::set<std::int64_t>{60, 300});
  CHECK(www.surplus == std::multiset<std::string>{"192.0.2.1"});
  CHECK(sets.at({"", "TXT"}).targets == std::set<std::string>{"hello", "v=spf1 -all"});
}

TEST_CASE("a TXT whose text begins with a quote is decoded once, where it is read") {
  const std::string text = "\"quoted\" and \\ plain";
  const std::string presented = "\"\\\"quoted\\\" and \\\\ plain\"";
  CHECK(encode_txt(text) == presented);
  CHECK(canonical_target("TXT", presented, "example.com") == text);
  CHECK(canonical_target(ZoneRecord{1, "", "TXT", text, 0}, "example.com") == text);
  CHECK(group_records({{1, "", "TXT", text, 0}}, "example.com").at({"", "TXT"}).targets == std::set<std::string>{text});
  CHECK(presented_target("TXT", "v=spf1 -all") == "v=spf1 -all");
  const std::string long_text = "\"" + std::string(300, 'a');
  CHECK(decode_txt(encode_txt(long_text)) == long_text);
}
